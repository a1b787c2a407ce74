// Projections onto the separable cones, the second-order cone and the box cone, in place. All cones of a kind in one
// dispatch, described by tables.

struct Sizes {
  count: u32,   // rows, or cones
  first: u32,   // first row
  dual: u32,    // box: project onto the dual cone
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
// Per row: 0 leave, 1 zero, 2 nonnegative.
@group(0) @binding(2) var<storage, read> codes: array<u32>;
// Per cone: first row and dimension.
@group(0) @binding(3) var<storage, read> cones: array<vec2u>;
// Box bounds and weights by row (the row of t: unused, weight). Magnitudes ≥ HUGE stand for infinity.
@group(0) @binding(4) var<storage, read> bounds: array<vec2f>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;

const THREADS = 64u;
const HUGE = 1e30;
var<workgroup> shared_: array<vec2f, THREADS>;
var<workgroup> result: vec2f;

@compute @workgroup_size(64)
fn separable(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
             @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + thread;
  if (i >= sizes.count) { return; }
  let code = codes[i];
  let at = sizes.first + i;
  if (code == 1u) { x[at] = 0.0; }
  if (code == 2u) { x[at] = max(x[at], 0.0); }
}

// The factor of the tail and the new head for head t and norm r of the tail.
fn secondOrder(t: f32, r: f32) -> vec2f {
  if (r <= t) { return vec2f(1.0, t); }
  if (r <= -t) { return vec2f(0.0, 0.0); }
  let head = 0.5 * (t + r);
  return vec2f(head / r, head);
}

// Short cones: one thread each. The largest entry is divided out so that no square overflows or vanishes.
@compute @workgroup_size(64)
fn secondOrderShort(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                    @builtin(local_invocation_index) thread: u32) {
  let number = (group.y * groups.x + group.x) * THREADS + thread;
  if (number >= sizes.count) { return; }
  let cone = cones[number];
  var largest = 0.0;
  for (var i = 1u; i < cone.y; i += 1u) { largest = max(largest, abs(x[cone.x + i])); }
  let unit = select(0.0, 1.0 / max(largest, 1e-30), largest > 1e-30);
  var sum = 0.0;
  for (var i = 1u; i < cone.y; i += 1u) { let v = x[cone.x + i] * unit; sum += v * v; }
  let s = secondOrder(x[cone.x], largest * sqrt(sum));
  x[cone.x] = s.y;
  for (var i = 1u; i < cone.y; i += 1u) { x[cone.x + i] *= s.x; }
}

fn sumPairs(thread: u32, value: vec2f) -> vec2f {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  if (thread == 0u) { result = shared_[0]; }
  return workgroupUniformLoad(&result);
}

fn largestOf(thread: u32, value: f32) -> f32 {
  shared_[thread] = vec2f(value, 0.0);
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] = max(shared_[thread], shared_[thread + width]); }
  }
  if (thread == 0u) { result = shared_[0]; }
  return workgroupUniformLoad(&result).x;
}

// Long cones: a workgroup each.
@compute @workgroup_size(64)
fn secondOrderLong(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                   @builtin(local_invocation_index) thread: u32) {
  let number = group.y * groups.x + group.x;
  if (number >= sizes.count) { return; }
  let cone = cones[number];
  var mine = 0.0;
  for (var i = 1u + thread; i < cone.y; i += THREADS) { mine = max(mine, abs(x[cone.x + i])); }
  let largest = largestOf(thread, mine);
  let unit = select(0.0, 1.0 / max(largest, 1e-30), largest > 1e-30);
  var sum = 0.0;
  for (var i = 1u + thread; i < cone.y; i += THREADS) { let v = x[cone.x + i] * unit; sum += v * v; }
  let squares = sumPairs(thread, vec2f(sum, 0.0)).x;
  let s = secondOrder(x[cone.x], largest * sqrt(squares));
  storageBarrier();
  if (thread == 0u) { x[cone.x] = s.y; }
  for (var i = 1u + thread; i < cone.y; i += THREADS) { x[cone.x + i] *= s.x; }
}

// Box {t ≥ 0, t l ≤ z ≤ t u} in the metric of the weights: for fixed t the best z clips; what is left is convex
// piecewise quadratic in t. Newton's method on its piecewise linear derivative, kept inside a bracket.
fn newtonTarget(t: f32, cone: vec2u, sign: f32, thread: u32) -> f32 {
  var sums = vec2f(0.0);
  if (thread == 0u) { sums = weights[cone.x] * vec2f(1.0, sign * x[cone.x]); }
  for (var i = 1u + thread; i < cone.y; i += THREADS) {
    let v = sign * x[cone.x + i];
    let b = bounds[cone.x + i];
    var bound = 0.0;
    if (b.y < HUGE && v > t * b.y) { bound = b.y; } else if (b.x > -HUGE && v < t * b.x) { bound = b.x; }
    sums += weights[cone.x + i] * bound * vec2f(bound, v);
  }
  let both = sumPairs(thread, sums);
  return both.y / both.x;
}

@compute @workgroup_size(64)
fn box(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
       @builtin(local_invocation_index) thread: u32) {
  let number = group.y * groups.x + group.x;
  if (number >= sizes.count) { return; }
  let cone = cones[number];
  // Moreau for the dual: Π_{K*}(v) = v + Π_K(−v).
  let sign = select(1.0, -1.0, sizes.dual != 0u);
  var end = max(sign * x[cone.x], 0.0);
  for (var i = 1u + thread; i < cone.y; i += THREADS) {
    let v = sign * x[cone.x + i];
    let b = select(bounds[cone.x + i].x, bounds[cone.x + i].y, v > 0.0);
    if (b != 0.0 && abs(b) < HUGE) { end = max(end, min(v / b, HUGE)); }
  }
  var high = largestOf(thread, end);
  var low = 0.0;
  var root = newtonTarget(0.0, cone, sign, thread);
  var t = 0.0;
  if (root > 0.0) {
    t = min(root, high);
    for (var step = 1u; step <= 96u; step += 1u) {
      root = newtonTarget(t, cone, sign, thread);
      if (abs(root - t) <= 1e-7 * abs(t)) { break; }
      if (root > t) { low = t; } else { high = t; }
      if (root >= low && root <= high && step % 3u != 0u) { t = root; continue; }
      t = low + 0.5 * (high - low);
    }
    t = clamp(root, low, high);
  }
  storageBarrier();
  workgroupBarrier();
  for (var i = thread; i < cone.y; i += THREADS) {
    let own = x[cone.x + i];
    var v = sign * own;
    if (i == 0u) {
      v = t;
    } else {
      let b = bounds[cone.x + i];
      if (b.y < HUGE) { v = min(v, t * b.y); }
      if (b.x > -HUGE) { v = max(v, t * b.x); }
    }
    x[cone.x + i] = select(v, own + v, sizes.dual != 0u);
  }
}
