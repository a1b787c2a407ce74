// One number from two others, so that step lengths need no read-back.

struct Sizes {
  numerator: u32,    // indices into the results of reductions
  denominator: u32,
  component: u32,    // index into the coefficients, counted in floats
  factor: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> results: array<f32>;
@group(0) @binding(2) var<storage, read_write> coefficients: array<f32>;

// coefficient <- factor · numerator / denominator; 0 when the denominator vanishes (then there is nothing to step to).
@compute @workgroup_size(1)
fn quotient() {
  let d = results[sizes.denominator];
  let safe = select(1.0, d, abs(d) > 1e-37);
  coefficients[sizes.component] = select(0.0, sizes.factor * results[sizes.numerator] / safe, abs(d) > 1e-37);
}
