// Anderson acceleration of v <- T(v), type II, without a read-back: columns Y (differences of residuals g = input −
// output) and F (differences of outputs) are rows of two matrices; the small system is solved by one thread. A call
// sees a segment of v, and the columns' entries there: all of a long history exceeds one binding.

struct Sizes {
  count: u32,      // length of the segment
  capacity: u32,   // columns kept, at most 16
  least: u32,      // columns needed before the first extrapolation
  groups: u32,     // partial sums of the segment
  first: u32,      // the first of them
  partials: u32,   // of all segments
}

struct State {
  recorded: u32,   // residuals seen since the last reset
  skip: u32,       // 1: v was restored and is not the image of the input
  moved: u32,     // 1: the running step started from an extrapolated point
  undo: u32,       // 1: that step was rejected
  accepted: u32,
  rejected: u32,
  reference: f32,  // ‖g‖² that the extrapolation started from
  residual: f32,   // ‖g‖² of the last record
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> state: State;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> input: array<f32>;
@group(0) @binding(4) var<storage, read_write> outputs: array<f32>;    // last output
@group(0) @binding(5) var<storage, read_write> residuals: array<f32>;  // last g
@group(0) @binding(6) var<storage, read_write> Y: array<f32>;
@group(0) @binding(7) var<storage, read_write> F: array<f32>;
@group(0) @binding(8) var<storage, read_write> small: array<f32>;      // γ (16), Gram (16×16), then partial sums

const THREADS = 64u;
const MOST = 16u;
const GRAM = 16u;
const PARTIAL = 272u;
const RIDGE = 1e-6;
const WEIGHT_LIMIT = 1e4;
const SAFEGUARD = 2.0;
var<workgroup> shared_: array<f32, THREADS>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * THREADS + thread;
}

fn slot() -> u32 { return (max(state.recorded, 1u) - 1u) % sizes.capacity; }

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

@compute @workgroup_size(64)
fn record(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count || state.skip == 1u) { return; }
  let output = v[i];
  let g = input[i] - output;
  if (state.recorded > 0u) {
    let at = slot() * sizes.count + i;
    Y[at] = g - residuals[i];
    F[at] = output - outputs[i];
  }
  outputs[i] = output;
  residuals[i] = g;
}

// Partial sums of <Y_j, Y_slot> and <Y_j, g> for every column j, and of <g, g> as column `capacity`.
@compute @workgroup_size(64)
fn products(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let j = group.y;
  let count = sizes.count;
  let newest = slot() * count;
  var yy = 0.0;
  var yg = 0.0;
  for (var i = group.x * THREADS + thread; i < count; i += sizes.groups * THREADS) {
    let g = residuals[i];
    if (j == sizes.capacity) {
      yg += g * g;
    } else {
      let y = Y[j * count + i];
      yy += y * Y[newest + i];
      yg += y * g;
    }
  }
  let a = sum(yy, thread);
  let b = sum(yg, thread);
  if (thread == 0u) {
    let at = PARTIAL + 2u * (j * sizes.partials + sizes.first + group.x);
    small[at] = a;
    small[at + 1u] = b;
  }
}

// Updates the Gram matrix and solves (G + rI)γ = Yᵀg by Cholesky.
@compute @workgroup_size(1)
fn weights() {
  state.moved = 0u;
  state.undo = 0u;
  if (state.skip == 1u) {
    state.skip = 0u;
    return;
  }
  var gg = 0.0;
  for (var p = 0u; p < sizes.partials; p += 1u) {
    gg += small[PARTIAL + 2u * (sizes.capacity * sizes.partials + p) + 1u];
  }
  state.residual = gg;
  let recorded = state.recorded;
  state.recorded = recorded + 1u;
  if (recorded == 0u) { return; }
  let k = min(recorded, sizes.capacity);
  let newest = (recorded - 1u) % sizes.capacity;
  var rhs: array<f32, 16>;
  for (var j = 0u; j < k; j += 1u) {
    var yy = 0.0;
    var yg = 0.0;
    for (var p = 0u; p < sizes.partials; p += 1u) {
      let at = PARTIAL + 2u * (j * sizes.partials + p);
      yy += small[at];
      yg += small[at + 1u];
    }
    small[GRAM + j * MOST + newest] = yy;
    small[GRAM + newest * MOST + j] = yy;
    rhs[j] = yg;
  }
  if (k < sizes.least) { return; }
  var trace = 0.0;
  for (var j = 0u; j < k; j += 1u) { trace += small[GRAM + j * MOST + j]; }
  let ridge = RIDGE * trace;
  var L: array<f32, 256>;
  for (var j = 0u; j < k; j += 1u) {
    for (var i = j; i < k; i += 1u) {
      var value = small[GRAM + i * MOST + j];
      if (i == j) { value += ridge; }
      for (var c = 0u; c < j; c += 1u) { value -= L[i * MOST + c] * L[j * MOST + c]; }
      if (i == j) {
        if (!(value > 0.0)) { return; }
        L[j * MOST + j] = sqrt(value);
      } else {
        L[i * MOST + j] = value / L[j * MOST + j];
      }
    }
  }
  for (var j = 0u; j < k; j += 1u) {
    var value = rhs[j];
    for (var c = 0u; c < j; c += 1u) { value -= L[j * MOST + c] * rhs[c]; }
    rhs[j] = value / L[j * MOST + j];
  }
  var size = 0.0;
  for (var back = 0u; back < k; back += 1u) {
    let j = k - 1u - back;
    var value = rhs[j];
    for (var c = j + 1u; c < k; c += 1u) { value -= L[c * MOST + j] * rhs[c]; }
    rhs[j] = value / L[j * MOST + j];
    size += rhs[j] * rhs[j];
  }
  if (!(size < WEIGHT_LIMIT * WEIGHT_LIMIT)) {
    state.recorded = 0u;
    state.rejected += 1u;
    return;
  }
  for (var j = 0u; j < k; j += 1u) { small[j] = rhs[j]; }
  for (var j = k; j < MOST; j += 1u) { small[j] = 0.0; }
  state.moved = 1u;
  state.reference = gg;
}

@compute @workgroup_size(64)
fn extrapolate(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
               @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count || state.moved == 0u) { return; }
  let k = min(state.recorded - 1u, sizes.capacity);
  var value = v[i];
  for (var j = 0u; j < k; j += 1u) { value -= small[j] * F[j * sizes.count + i]; }
  v[i] = value;
}

// Partial sums of ‖input − v‖² after the step.
@compute @workgroup_size(64)
fn stepNorm(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var value = 0.0;
  for (var i = group.x * THREADS + thread; i < sizes.count; i += sizes.groups * THREADS) {
    let d = input[i] - v[i];
    value += d * d;
  }
  let total = sum(value, thread);
  if (thread == 0u) { small[PARTIAL + sizes.first + group.x] = total; }
}

@compute @workgroup_size(1)
fn judge() {
  if (state.moved == 0u) { return; }
  var total = 0.0;
  for (var p = 0u; p < sizes.partials; p += 1u) { total += small[PARTIAL + p]; }
  if (total <= SAFEGUARD * SAFEGUARD * state.reference) {
    state.accepted += 1u;
  } else {
    state.undo = 1u;
    state.skip = 1u;
    state.recorded = 0u;
    state.rejected += 1u;
  }
}

@compute @workgroup_size(64)
fn restore(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.count || state.undo == 0u) { return; }
  v[i] = outputs[i];
}
