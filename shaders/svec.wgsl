// svec blocks <-> batches of full symmetric matrices, padded with zeros to a common order; and the sums of squares
// that scale them. svec is the lower triangle by columns with off-diagonals times √2.

struct Sizes {
  order: u32,      // padded order = leading dimension
  blocks: u32,
  first: u32,      // first block of this batch in the table
  partials: u32,   // workgroups per block of the first reduction pass
  segment: u32,    // floats per layer when a batch of matrices is summed, 0: the svec blocks themselves
  a: f32,          // first step of the polynomial
  b: f32,
  c: f32,
}

struct Block {
  offset: u32,     // first entry in the vector
  order: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> source: array<f32>;
@group(0) @binding(3) var<storage, read_write> target_: array<f32>;
@group(0) @binding(4) var<storage, read_write> partial: array<f32>;
// Per block of the batch: its Frobenius norm and the inverse (0 for a zero block).
@group(0) @binding(5) var<storage, read_write> norms: array<vec2f>;
// Per block of the batch: (alpha, beta) of Z = cY² + bY and of X' = XZ + aX in the first step.
@group(0) @binding(6) var<storage, read_write> coefficients: array<vec4f>;

const THREADS = 128u;
const ROOT_HALF = 0.70710678118654752;
const ROOT_TWO = 1.41421356237309505;
var<workgroup> shared_: array<f32, THREADS>;

fn position(block: Block, i: u32, j: u32) -> u32 {
  let row = max(i, j);
  let column = min(i, j);
  return block.offset + column * block.order - (column * max(column, 1u) - column) / 2u + row - column;
}

// Batch <- svec, divided by the norms.
@compute @workgroup_size(64)
fn unpack(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * 64u + thread;
  let size = sizes.order * sizes.order;
  if (at >= size) { return; }
  let layer = group.z;
  let block = blocks[sizes.first + layer];
  let i = at / sizes.order;
  let j = at % sizes.order;
  var value = 0.0;
  if (max(i, j) < block.order) {
    value = source[position(block, i, j)] * norms[layer].y;
    if (i != j) { value *= ROOT_HALF; }
  }
  target_[layer * size + at] = value;
}

// svec <- a · norm · batch.
@compute @workgroup_size(64)
fn pack(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * 64u + thread;
  let size = sizes.order * sizes.order;
  if (at >= size) { return; }
  let layer = group.z;
  let block = blocks[sizes.first + layer];
  // The transposed entry is read: neighbouring threads then read and write neighbours.
  let j = at / sizes.order;
  let i = at % sizes.order;
  if (i < j || i >= block.order) { return; }
  let factor = sizes.a * norms[layer].x * select(ROOT_TWO, 1.0, i == j);
  target_[position(block, i, j)] = factor * source[layer * size + at];
}

fn tree(thread: u32, value: f32) -> f32 {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  return shared_[thread];
}

@compute @workgroup_size(128)
fn squares(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let layer = group.z;
  var start = layer * sizes.segment;
  var length = sizes.segment;
  if (sizes.segment == 0u) {
    let block = blocks[sizes.first + layer];
    start = block.offset;
    length = block.order * (block.order + 1u) / 2u;
  }
  var sum = 0.0;
  for (var i = group.x * THREADS + thread; i < length; i += sizes.partials * THREADS) {
    let value = source[start + i];
    sum += value * value;
  }
  let total = tree(thread, sum);
  if (thread == 0u) { partial[layer * sizes.partials + group.x] = total; }
}

fn total(layer: u32, thread: u32) -> f32 {
  var sum = 0.0;
  for (var i = thread; i < sizes.partials; i += THREADS) { sum += partial[layer * sizes.partials + i]; }
  return tree(thread, sum);
}

@compute @workgroup_size(128)
fn frobenius(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let sum = total(group.z, thread);
  if (thread == 0u) {
    let norm = sqrt(sum);
    norms[group.z] = vec2f(norm, select(0.0, 1.0 / max(norm, 1e-30), norm > 1e-30));
  }
}

// The norm bound σ = ‖X⁴‖_F^¼ ≥ ‖X‖₂ goes into the first step: p(X/σ).
@compute @workgroup_size(128)
fn firstStep(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let sum = total(group.z, thread);
  if (thread == 0u) {
    let inverse = select(0.0, inverseSqrt(sqrt(sqrt(max(sum, 1e-30)))), sum > 1e-30);
    let cube = inverse * inverse * inverse;
    coefficients[group.z] = vec4f(sizes.c * cube * inverse * inverse, sizes.b * cube, 1.0, sizes.a * inverse);
  }
}

// Batch target <- c.x target + c.y source with the first-step coefficients of its layer.
@compute @workgroup_size(64)
fn combineLayers(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                 @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 64u + thread;
  let size = sizes.order * sizes.order;
  if (i >= size) { return; }
  let c = coefficients[group.z];
  let at = group.z * size + i;
  target_[at] = c.x * target_[at] + c.y * source[at];
}
