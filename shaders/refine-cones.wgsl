// The derivative of the projection onto K around a point a known in f64, applied to a small direction d in place:
// Π(a + εd) − Π(a), over ε. Scalars are exact; second-order and semidefinite cones to first order.

struct Sizes {
  count: u32,   // rows, cones, or the padded order of a batch
  layers: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
// a/ε by row; for semidefinite batches the eigenvalues of each layer.
@group(0) @binding(2) var<storage, read> base: array<f32>;
@group(0) @binding(3) var<storage, read_write> d: array<f32>;
// Second-order cones: first row, rows, kind (0: leave, 1: zero, 2: the boundary's derivative).
@group(0) @binding(4) var<storage, read> runs: array<vec4u>;

const THREADS = 64u;
const ZERO = 1u;
const NONNEGATIVE = 2u;
var<workgroup> shared_: array<f32, THREADS>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * THREADS + thread;
}

// max(0, a + d) − max(0, a) without cancellation, for a that may be far larger than d.
@compute @workgroup_size(64)
fn separable(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
             @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count) { return; }
  if (codes[i] == ZERO) {
    d[i] = 0.0;
  } else if (codes[i] == NONNEGATIVE) {
    let a = base[i];
    d[i] = select(max(0.0, a + d[i]), max(d[i], -a), a >= 0.0);
  }
}

fn sum(value: f32, thread: u32) -> f32 {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  workgroupBarrier();
  let result = shared_[0];
  workgroupBarrier();
  return result;
}

// At a = (t, x) with |t| < ‖x‖, w = x/‖x‖ and q = t/‖x‖: ½ (d₀ + wᵀd, (d₀ − q wᵀd) w + (1 + q) d). base holds (q, w).
@compute @workgroup_size(64)
fn secondOrder(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
               @builtin(local_invocation_index) thread: u32) {
  let cone = group.y * groups.x + group.x;
  if (cone >= sizes.count) { return; }
  let run = runs[cone];
  let first = run.x;
  let end = run.x + run.y;
  if (run.z == 0u) { return; }
  if (run.z == 1u) {
    for (var i = first + thread; i < end; i += THREADS) { d[i] = 0.0; }
    return;
  }
  var part = 0.0;
  for (var i = first + 1u + thread; i < end; i += THREADS) { part += base[i] * d[i]; }
  let along = sum(part, thread);
  let head = d[first];
  let q = base[first];
  workgroupBarrier();
  for (var i = first + 1u + thread; i < end; i += THREADS) {
    d[i] = 0.5 * ((head - q * along) * base[i] + (1.0 + q) * d[i]);
  }
  if (thread == 0u) { d[first] = 0.5 * (head + along); }
}

// In the eigenbasis: E_ij ← E_ij (λ_i⁺ − λ_j⁺)/(λ_i − λ_j).
@compute @workgroup_size(64)
fn dividedDifferences(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                      @builtin(local_invocation_index) thread: u32) {
  let order = sizes.count;
  let at = number(group, groups, thread);
  if (at >= order * order) { return; }
  let a = base[group.z * order + at / order];
  let b = base[group.z * order + at % order];
  var ratio = 0.0;
  if (a > 0.0 && b > 0.0) {
    ratio = 1.0;
  } else if (a > 0.0) {
    ratio = a / (a - b);
  } else if (b > 0.0) {
    ratio = b / (b - a);
  }
  d[group.z * order * order + at] *= ratio;
}
