// C <- alpha AᵀB + beta D for every layer of a batch. A is k×m, B k×n, C and D m×n, all row-major with rows of a
// multiple of four floats; m and n are multiples of four (pad with zeros). With `symmetric` only the upper triangle
// is computed and mirrored: for products that are symmetric, at half the work, exactly symmetric.
// The loop over k is generated (gemm-source.ts); this file holds what all its forms share.

struct Sizes {
  m: u32,
  n: u32,
  k: u32,
  lda: u32,          // rows of A, B and of C and D, in vec4s
  ldb: u32,
  ldc: u32,
  strideA: u32,      // from layer to layer, in vec4s; 0 shares one matrix
  strideB: u32,
  strideC: u32,
  symmetric: u32,
  tiles: u32,        // work items in a layer
  columns: u32,      // work items in a row of C, when not symmetric
  coefficient: u32,  // first (alpha, beta) and step from layer to layer
  coefficientStride: u32,
  inPlace: u32,      // 1: D is C itself, which cannot be bound twice
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> A: array<vec4f>;
@group(0) @binding(2) var<storage, read> B: array<vec4f>;
@group(0) @binding(3) var<storage, read> D: array<vec4f>;
@group(0) @binding(4) var<storage, read> coefficients: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> C: array<vec4f>;

// Work item -> (row tile, column tile). In the symmetric case column tile J goes with the row tiles 0 … RATIO(J+1)−1,
// RATIO the height of column tiles in row tiles.
fn tileOf(item: u32) -> vec2u {
  if (sizes.symmetric == 0u) {
    return vec2u(item / sizes.columns, item % sizes.columns);
  }
  var column = u32((sqrt(8.0 * f32(item) / f32(RATIO) + 1.0) - 1.0) * 0.5);
  while (RATIO * column * (column + 1u) / 2u > item) { column -= 1u; }
  while (RATIO * (column + 1u) * (column + 2u) / 2u <= item) { column += 1u; }
  return vec2u(item - RATIO * column * (column + 1u) / 2u, column);
}

// Writes the 4×4 block at (i, j) given by rows.
fn put(i: u32, j: u32, layer: u32, s0: vec4f, s1: vec4f, s2: vec4f, s3: vec4f) {
  if (i >= sizes.m || j >= sizes.n || (sizes.symmetric != 0u && i > j)) { return; }
  let scale = coefficients[sizes.coefficient + layer * sizes.coefficientStride];
  let base = layer * sizes.strideC;
  let at = base + i * sizes.ldc + j / 4u;
  var r0 = scale.x * s0;
  var r1 = scale.x * s1;
  var r2 = scale.x * s2;
  var r3 = scale.x * s3;
  if (scale.y != 0.0 && sizes.inPlace != 0u) {
    r0 += scale.y * C[at];
    r1 += scale.y * C[at + sizes.ldc];
    r2 += scale.y * C[at + 2u * sizes.ldc];
    r3 += scale.y * C[at + 3u * sizes.ldc];
  } else if (scale.y != 0.0) {
    r0 += scale.y * D[at];
    r1 += scale.y * D[at + sizes.ldc];
    r2 += scale.y * D[at + 2u * sizes.ldc];
    r3 += scale.y * D[at + 3u * sizes.ldc];
  }
  if (sizes.symmetric != 0u) {
    if (i == j) {
      r1 = vec4f(r0.y, r1.yzw);
      r2 = vec4f(r0.z, r1.z, r2.zw);
      r3 = vec4f(r0.w, r1.w, r2.w, r3.w);
    } else {
      let mirror = base + j * sizes.ldc + i / 4u;
      C[mirror] = vec4f(r0.x, r1.x, r2.x, r3.x);
      C[mirror + sizes.ldc] = vec4f(r0.y, r1.y, r2.y, r3.y);
      C[mirror + 2u * sizes.ldc] = vec4f(r0.z, r1.z, r2.z, r3.z);
      C[mirror + 3u * sizes.ldc] = vec4f(r0.w, r1.w, r2.w, r3.w);
    }
  }
  C[at] = r0;
  C[at + sizes.ldc] = r1;
  C[at + 2u * sizes.ldc] = r2;
  C[at + 3u * sizes.ldc] = r3;
}
