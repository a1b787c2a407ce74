// Symmetric matrices cut into panels of rows, each in a buffer of its own, for orders whose square exceeds a binding.
// A panel holds all columns; a call sees one panel (or two) from the column on where its binding begins.

struct Sizes {
  order: u32,     // of the block; rows and columns past it are zero
  ld: u32,        // floats from row to row: the padded order
  row: u32,       // first row of the panel, also first column of its diagonal tile
  rows: u32,      // rows of the panel
  start: u32,     // svec: where the panel's first entry stands in the bound range; mirror: column in the target
  count: u32,     // entries that are summed
  partials: u32,  // workgroups per panel of a reduction
  slots: u32,     // reductions: first partial sum, or how many there are
  a: f32,         // first step of the polynomial; pack: factor
  b: f32,
  c: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> target_: array<f32>;
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;
// Frobenius norm of the block and its inverse (0 for a zero block).
@group(0) @binding(4) var<storage, read_write> norms: array<vec2f>;
// (alpha, beta) of Z = cY² + bY and of X' = XZ + aX in the first step.
@group(0) @binding(5) var<storage, read_write> coefficients: array<vec4f>;

const THREADS = 128u;
const ROOT_HALF = 0.70710678118654752;
const ROOT_TWO = 1.41421356237309505;
var<workgroup> shared_: array<f32, THREADS>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + thread;
}

// Place of (i, j), i ≥ j ≥ sizes.row, in the bound range: column j of the lower triangle follows column j − 1.
fn position(i: u32, j: u32) -> u32 {
  let k = j - sizes.row;
  return sizes.start + k * (sizes.order - sizes.row) - (k * max(k, 1u) - k) / 2u + i - j;
}

// Panel <- svec · 1/norm, from the diagonal tile to the right.
@compute @workgroup_size(64)
fn unpack(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let width = sizes.ld - sizes.row;
  let t = number(group, groups, thread);
  if (t >= sizes.rows * width) { return; }
  let i = sizes.row + t / width;
  let j = sizes.row + t % width;
  var value = 0.0;
  if (max(i, j) < sizes.order) {
    value = source[position(max(i, j), min(i, j))] * norms[0].y;
    if (i != j) { value *= ROOT_HALF; }
  }
  target_[(i - sizes.row) * sizes.ld + j] = value;
}

// svec <- a · norm · panel.
@compute @workgroup_size(64)
fn pack(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let width = sizes.ld - sizes.row;
  let t = number(group, groups, thread);
  if (t >= sizes.rows * width) { return; }
  let i = sizes.row + t / width;
  let j = sizes.row + t % width;
  if (i > j || j >= sizes.order) { return; }
  let factor = sizes.a * norms[0].x * select(ROOT_TWO, 1.0, i == j);
  target_[position(j, i)] = factor * source[(i - sizes.row) * sizes.ld + j];
}

// The tile at the source's binding (sizes.rows wide) <- transposed at column sizes.start of the target, whose
// sizes.count rows they become. A thread turns 4×4 entries.
@compute @workgroup_size(64)
fn mirror(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let across = sizes.count / 4u;
  let t = number(group, groups, thread);
  if (t >= (sizes.rows / 4u) * across) { return; }
  let i = 4u * (t / across);
  let j = 4u * (t % across);
  for (var k = 0u; k < 4u; k += 1u) {
    let to = (j + k) * sizes.ld + sizes.start + i;
    let at = i * sizes.ld + j + k;
    target_[to] = source[at];
    target_[to + 1u] = source[at + sizes.ld];
    target_[to + 2u] = source[at + 2u * sizes.ld];
    target_[to + 3u] = source[at + 3u * sizes.ld];
  }
}

fn tree(thread: u32, value: f32) -> f32 {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  return shared_[thread];
}

// Partial sums of squares of the source's entries start … start + count − 1.
@compute @workgroup_size(128)
fn squares(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var i = group.x * THREADS + thread; i < sizes.count; i += sizes.partials * THREADS) {
    let value = source[sizes.start + i];
    sum += value * value;
  }
  let total = tree(thread, sum);
  if (thread == 0u) { partial[sizes.slots + group.x] = total; }
}

fn total(thread: u32) -> f32 {
  var sum = 0.0;
  for (var i = thread; i < sizes.slots; i += THREADS) { sum += partial[i]; }
  return tree(thread, sum);
}

@compute @workgroup_size(128)
fn frobenius(@builtin(local_invocation_index) thread: u32) {
  let sum = total(thread);
  if (thread == 0u) {
    let norm = sqrt(sum);
    norms[0] = vec2f(norm, select(0.0, 1.0 / max(norm, 1e-30), norm > 1e-30));
  }
}

// The norm bound σ = ‖X⁴‖_F^¼ ≥ ‖X‖₂ goes into the first step: p(X/σ).
@compute @workgroup_size(128)
fn firstStep(@builtin(local_invocation_index) thread: u32) {
  let sum = total(thread);
  if (thread == 0u) {
    let inverse = select(0.0, inverseSqrt(sqrt(sqrt(max(sum, 1e-30)))), sum > 1e-30);
    let cube = inverse * inverse * inverse;
    coefficients[0] = vec4f(sizes.c * cube * inverse * inverse, sizes.b * cube, 1.0, sizes.a * inverse);
  }
}

// Panel target <- c.x target + c.y source with the coefficients of the first step.
@compute @workgroup_size(64)
fn combine(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count) { return; }
  let c = coefficients[0];
  target_[i] = c.x * target_[i] + c.y * source[i];
}
