// Compressed sparse rows. The adjoint runs on the rows of the transpose: both directions gather, nothing is atomic.

struct Sizes {
  rows: u32,
  offsetX: u32,
  offsetOut: u32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> pointer: array<u32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> target_: array<f32>;

const THREADS = 64u;
var<workgroup> shared_: array<f32, THREADS>;

fn emit(row: u32, sum: f32) {
  let at = sizes.offsetOut + row;
  var value = sizes.alpha * sum;
  if (sizes.beta != 0.0) { value += sizes.beta * target_[at]; }
  target_[at] = value;
}

// target <- alpha M x + beta target, a thread per row: short rows.
@compute @workgroup_size(64)
fn rowPerThread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                @builtin(local_invocation_index) thread: u32) {
  let row = (group.y * groups.x + group.x) * THREADS + thread;
  if (row >= sizes.rows) { return; }
  var sum = 0.0;
  let end = pointer[row + 1u];
  for (var p = pointer[row]; p < end; p += 1u) { sum += values[p] * x[sizes.offsetX + index[p]]; }
  emit(row, sum);
}

// The same, a workgroup per row: long rows.
@compute @workgroup_size(64)
fn rowPerGroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
               @builtin(local_invocation_index) thread: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= sizes.rows) { return; }
  var sum = 0.0;
  let end = pointer[row + 1u];
  for (var p = pointer[row] + thread; p < end; p += THREADS) { sum += values[p] * x[sizes.offsetX + index[p]]; }
  shared_[thread] = sum;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  if (thread == 0u) { emit(row, shared_[0]); }
}

// target_j <- Σ w_p x_p / Σ w_p² over the run p of segment j (alpha and beta as above): the least-squares value of a
// moment whose copies w_p m are observed as x. Empty segments give 0.
@compute @workgroup_size(64)
fn segmentedMean(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                 @builtin(local_invocation_index) thread: u32) {
  let row = (group.y * groups.x + group.x) * THREADS + thread;
  if (row >= sizes.rows) { return; }
  var sum = 0.0;
  var weight = 0.0;
  let end = pointer[row + 1u];
  for (var p = pointer[row]; p < end; p += 1u) {
    sum += values[p] * x[sizes.offsetX + index[p]];
    weight += values[p] * values[p];
  }
  emit(row, select(0.0, sum / max(weight, 1e-37), weight > 0.0));
}
