// Probes of the device's f32: which error-free transformations survive its compiler. `zero` is 0 at run time, unknown
// to the compiler: x ^ zero hides where a number came from, so that (a + b) − a is not simplified to b.

struct Probe {
  count: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> probe: Probe;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
// Per pair: the error of x + y by the plain form, by the opaque form, the error of x·y, and an integer sum.
@group(0) @binding(3) var<storage, read_write> errors: array<vec4f>;

fn opaque(value: f32) -> f32 { return bitcast<f32>(bitcast<u32>(value) ^ probe.zero); }

// Knuth's TwoSum: a + b = s + e exactly.
fn sumError(a: f32, b: f32) -> f32 {
  let s = a + b;
  let t = s - a;
  return (a - (s - t)) + (b - t);
}

fn sumErrorOpaque(a: f32, b: f32) -> f32 {
  let s = opaque(a + b);
  let t = opaque(s - a);
  let u = opaque(s - t);
  return opaque(a - u) + opaque(b - t);
}

// The upper 12 bits of the significand; the rest then has 12 bits too, and products of halves are exact.
fn upper(a: f32) -> f32 { return bitcast<f32>(bitcast<u32>(a) & 0xfffff000u); }

// Dekker's product: a·b = p + e exactly.
fn productError(a: f32, b: f32) -> f32 {
  let p = opaque(a * b);
  let ah = upper(a);
  let bh = upper(b);
  let al = opaque(a - ah);
  let bl = opaque(b - bh);
  let first = opaque(opaque(ah * bh) - p);
  let second = opaque(first + opaque(ah * bl));
  let third = opaque(second + opaque(al * bh));
  return third + opaque(al * bl);
}

@compute @workgroup_size(64)
fn arithmetic(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= probe.count) { return; }
  // 512 products of integers below 2⁷: every partial sum is exact in any order, fused or not.
  var sum = 0.0;
  for (var k = 0u; k < 512u; k += 1u) {
    let a = f32((i * 37u + k * 11u) % 255u) - 127.0;
    let b = f32((i * 53u + k * 29u) % 255u) - 127.0;
    sum += a * b;
  }
  errors[i] = vec4f(sumError(x[i], y[i]), sumErrorOpaque(x[i], y[i]), productError(x[i], y[i]), sum);
}
