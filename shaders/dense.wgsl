// Dense matrix-vector products and the two ends of the quadratic-form operator.

struct Sizes {
  rows: u32,
  columns: u32,
  ld: u32,         // floats from row to row
  offsetX: u32,
  offsetOut: u32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> M: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> target_: array<f32>;

const THREADS = 64u;
var<workgroup> shared_: array<f32, THREADS>;

fn emit(at: u32, sum: f32) {
  var value = sizes.alpha * sum;
  if (sizes.beta != 0.0) { value += sizes.beta * target_[at]; }
  target_[at] = value;
}

// target <- alpha M x + beta target, a workgroup per row.
@compute @workgroup_size(64)
fn product(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= sizes.rows) { return; }
  var sum = 0.0;
  for (var j = thread; j < sizes.columns; j += THREADS) { sum += M[row * sizes.ld + j] * x[sizes.offsetX + j]; }
  shared_[thread] = sum;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  if (thread == 0u) { emit(sizes.offsetOut + row, shared_[0]); }
}

// target <- alpha Mᵀx + beta target, a thread per column.
@compute @workgroup_size(64)
fn transposedProduct(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                     @builtin(local_invocation_index) thread: u32) {
  let j = (group.y * groups.x + group.x) * THREADS + thread;
  if (j >= sizes.columns) { return; }
  var sum = 0.0;
  for (var i = 0u; i < sizes.rows; i += 1u) { sum += M[i * sizes.ld + j] * x[sizes.offsetX + i]; }
  emit(sizes.offsetOut + j, sum);
}

// target_j <- alpha Σ_i M_ij x_ij + beta target_j for x laid out as M: diag(XZXᵀ) from Xᵀ and ZXᵀ.
@compute @workgroup_size(64)
fn columnDots(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) thread: u32) {
  let j = (group.y * groups.x + group.x) * THREADS + thread;
  if (j >= sizes.columns) { return; }
  var sum = 0.0;
  for (var i = 0u; i < sizes.rows; i += 1u) { sum += M[i * sizes.ld + j] * x[i * sizes.ld + j]; }
  emit(sizes.offsetOut + j, sum);
}

// target_ij <- x_i M_ij (target laid out as M).
@compute @workgroup_size(64)
fn scaleRows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
             @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + thread;
  if (at >= sizes.rows * sizes.ld) { return; }
  target_[at] = x[sizes.offsetX + at / sizes.ld] * M[at];
}
