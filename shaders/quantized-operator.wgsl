// The quadratic forms of the samples for several outputs at a time: with x the columns of a sample and a final 1 where
// the forms are lifted, form(x) = (x xᵀ) ∘ mask, and both ends of the operator are one matrix product.

struct Sizes {
  order: u32,      // of the forms
  padded: u32,     // rows of the square matrices
  columns: u32,    // order, or order − 1 where the forms are lifted
  quadratic: u32,  // 1: diagonals are multiples of 1
  outputs: u32,    // floats from sample to sample in vectors of predictions
  first: u32,      // first sample of the chunk, its samples, and floats from row to row
  count: u32,
  pitch: u32,
  a: f32,          // mask: a inside, half b on the border, c in the corner
  halfB: f32,
  c: f32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> active_: array<u32>;   // layer -> output
@group(0) @binding(2) var<storage, read> first_: array<f32>;
@group(0) @binding(3) var<storage, read> second: array<f32>;
@group(0) @binding(4) var<storage, read> means: array<f32>;
@group(0) @binding(5) var<storage, read_write> target_: array<f32>;

const ROOT_HALF = 0.70710678118654752;
const THREADS = 64u;
var<workgroup> shared_: array<f32, THREADS>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * THREADS + thread;
}

fn mask(i: u32, j: u32) -> f32 {
  let border = u32(i >= sizes.columns) + u32(j >= sizes.columns);
  return select(select(sizes.halfB, sizes.c, border == 2u), sizes.a, border == 0u);
}

// Entry of svec, the lower triangle by columns.
fn position(i: u32, j: u32) -> u32 {
  let row = max(i, j);
  let column = min(i, j);
  return column * sizes.order - (column * max(column, 1u) - column) / 2u + row - column;
}

// target <- mask ∘ (P − U_P − M + U_M) with first = (P, M), second = (U_P, U_M) of every output.
@compute @workgroup_size(64)
fn difference(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  let size = sizes.padded * sizes.padded;
  if (at >= size) { return; }
  let i = at / sizes.padded;
  let j = at % sizes.padded;
  var value = 0.0;
  if (max(i, j) < sizes.order) {
    let output = active_[group.z];
    let length = sizes.order * (sizes.order + 1u) / 2u;
    let p = 2u * output * length + position(i, j);
    let m = p + length;
    value = (first_[p] - second[p]) - (first_[m] - second[m]);
    if (i != j) { value *= ROOT_HALF; }
    else if (sizes.quadratic != 0u) { value = means[2u * output] - means[2u * output + 1u]; }
    value *= mask(i, j);
  }
  target_[group.z * size + at] = value;
}

// target <- mask ∘ mask ∘ first, on the diagonal the mean: the adjoint made ready for the forward product.
@compute @workgroup_size(64)
fn reuse(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  let size = sizes.padded * sizes.padded;
  if (at >= size) { return; }
  let i = at / sizes.padded;
  let j = at % sizes.padded;
  let weight = mask(i, j);
  var value = 0.0;
  if (max(i, j) < sizes.order) {
    value = weight * weight * first_[group.z * size + at];
    if (i == j && sizes.quadratic != 0u) { value = weight * means[active_[group.z]]; }
  }
  target_[group.z * size + at] = value;
}

// means of target <- mean of the diagonal of mask ∘ first, a workgroup per layer.
@compute @workgroup_size(64)
fn traces(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var j = thread; j < sizes.order; j += THREADS) {
    sum += mask(j, j) * first_[group.x * sizes.padded * sizes.padded + j * (sizes.padded + 1u)];
  }
  shared_[thread] = sum;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  if (thread == 0u) { target_[active_[group.x]] = shared_[0] / f32(sizes.order); }
}

// Predictions: target <- alpha · Σ_j first_ji second_ji + beta · target, first = T Xᵀ by layers, second = Xᵀ.
@compute @workgroup_size(64)
fn dots(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count) { return; }
  let layer = group.z * sizes.padded * sizes.pitch;
  var sum = 0.0;
  for (var j = 0u; j < sizes.order; j += 1u) {
    let at = j * sizes.pitch + i;
    sum += first_[layer + at] * second[at];
  }
  let at = (sizes.first + i) * sizes.outputs + active_[group.z];
  var value = sizes.alpha * sum;
  if (sizes.beta != 0.0) { value += sizes.beta * target_[at]; }
  target_[at] = value;
}

// target <- diag(v) X by layers: first = X by samples, second = v of every output.
@compute @workgroup_size(64)
fn weigh(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  let size = sizes.count * sizes.padded;
  if (at >= size) { return; }
  let sample = sizes.first + at / sizes.padded;
  target_[group.z * size + at] = second[sample * sizes.outputs + active_[group.z]] * first_[at];
}
