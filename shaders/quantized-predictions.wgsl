// The predictions' part of the splitting for quantized networks, and conjugate gradients on (θI + K)v = r for all
// outputs at a time. Vectors hold the outputs of sample after sample.

struct Sizes {
  count: u32,      // samples
  outputs: u32,    // floats from sample to sample
  loss: u32,       // 0 squared, 1 absolute, 2 hinge, 3 logistic, 4 Huber
  warm: u32,       // 1: conjugate gradients start from v
  splits: u32,     // partial sums of a product
  pitch: u32,      // floats from one to the next
  dense: u32,      // 1: z comes from a product with a matrix, not from the diagonal
  relaxation: f32,
  delta: f32,      // corner of the Huber loss
  factor: f32,     // of products; of `rescalePredictions`
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;        // σ, θ, 1/σ_u, price/(σ·order)
@group(0) @binding(2) var<storage, read> fixed_: array<f32>;         // targets; diagonal of K
@group(0) @binding(3) var<storage, read> products: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<storage, read_write> r: array<f32>;
@group(0) @binding(6) var<storage, read_write> p: array<f32>;
@group(0) @binding(7) var<storage, read_write> state: array<vec4f>;  // by output: rᵀz, ‖r‖², ‖b‖²
@group(0) @binding(8) var<storage, read> open_: array<u32>;          // by output: 1 while it is iterated

// In the entry points of the losses: v is v, r is u, p is w, and products is the predictions' target.
const THREADS = 128u;
var<workgroup> shared_: array<vec2f, THREADS>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + thread;
}

fn reduce(thread: u32, value: vec2f) -> vec2f {
  workgroupBarrier();
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  workgroupBarrier();
  return shared_[0];
}

fn product(at: u32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < sizes.splits; k += 1u) { sum += products[k * sizes.pitch + at]; }
  return sizes.factor * sum;
}

// r <- the predictions aimed at (the targets, or u − w held in p), 0 for outputs at rest.
@compute @workgroup_size(64)
fn aim(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
       @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  if (at >= sizes.count * sizes.outputs) { return; }
  let value = select(fixed_[at] - products[at], fixed_[at], sizes.loss == 0u);
  r[at] = select(0.0, value, open_[at % sizes.outputs] != 0u);
}

// r <- b − (θI + K)v, or v <- 0 for a cold start; p <- 0. A workgroup per output, as in the next two.
@compute @workgroup_size(128)
fn begin(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let output = group.x;
  var sum = vec2f(0.0);
  for (var i = thread; i < sizes.count; i += THREADS) {
    let at = i * sizes.outputs + output;
    let b = r[at];
    var rest = b;
    if (sizes.warm != 0u) { rest -= scalars[1] * v[at] + product(at); }
    else { v[at] = 0.0; }
    r[at] = rest;
    p[at] = 0.0;
    sum += vec2f(rest * rest, b * b);
  }
  let total = reduce(thread, sum);
  if (thread == 0u) { state[output] = vec4f(0.0, total.x, total.y, 0.0); }
}

// z <- preconditioned r, p <- z + βp.
@compute @workgroup_size(128)
fn direction(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let output = group.x;
  var sum = vec2f(0.0);
  for (var i = thread; i < sizes.count; i += THREADS) {
    let at = i * sizes.outputs + output;
    var z = 0.0;
    if (sizes.dense != 0u) { z = product(at); } else { z = r[at] / (scalars[1] + fixed_[i]); }
    sum.x += r[at] * z;
  }
  let rz = reduce(thread, sum).x;
  let last = state[output].x;
  let beta = select(0.0, rz / last, last > 0.0);
  for (var i = thread; i < sizes.count; i += THREADS) {
    let at = i * sizes.outputs + output;
    var z = 0.0;
    if (sizes.dense != 0u) { z = product(at); } else { z = r[at] / (scalars[1] + fixed_[i]); }
    p[at] = z + beta * p[at];
  }
  storageBarrier();
  workgroupBarrier();
  if (thread == 0u) { state[output].x = rz; }
}

// v += αp, r −= α(θI + K)p.
@compute @workgroup_size(128)
fn advance(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let output = group.x;
  var sum = vec2f(0.0);
  for (var i = thread; i < sizes.count; i += THREADS) {
    let at = i * sizes.outputs + output;
    sum.x += p[at] * (scalars[1] * p[at] + product(at));
  }
  let curvature = reduce(thread, sum).x;
  let rz = state[output].x;
  // Below the rounding of the residual nothing is gained any more.
  let moving = curvature > 0.0 && rz > 0.0 && state[output].y > 1e-13 * state[output].z;
  let alpha = select(0.0, rz / max(curvature, 1e-37), moving);
  sum = vec2f(0.0);
  for (var i = thread; i < sizes.count; i += THREADS) {
    let at = i * sizes.outputs + output;
    v[at] += alpha * p[at];
    let rest = r[at] - alpha * (scalars[1] * p[at] + product(at));
    r[at] = rest;
    sum.x += rest * rest;
  }
  let total = reduce(thread, sum).x;
  if (thread == 0u) { state[output].y = total; }
}

fn sigmoid(t: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(t, -80.0, 80.0)));
}

// argmin_z log(1 + e^{−z}) + (z − t)²/(2τ), Newton's method in the bracket [t, t + τ].
fn logistic(t: f32, tau: f32) -> f32 {
  var low = t;
  var high = t + tau;
  var z = clamp(t + 0.5 * tau * sigmoid(-t), low, high);
  for (var k = 0u; k < 40u; k += 1u) {
    let s = sigmoid(-z);
    let slope = (z - t) / tau - s;
    if (slope > 0.0) { high = z; } else { low = z; }
    let step = slope / (1.0 / tau + s * (1.0 - s));
    if (abs(step) <= 2e-7 * (1.0 + abs(z))) { return z - step; }
    var next = z - step;
    if (!(next > low && next < high)) { next = 0.5 * (low + high); }
    z = next;
  }
  return z;
}

fn prox(t: f32, y: f32, tau: f32) -> f32 {
  switch (sizes.loss) {
    case 1u: { return y + sign(t - y) * max(0.0, abs(t - y) - tau); }
    case 2u: {
      let margin = y * t;
      if (margin >= 1.0) { return t; }
      return select(y, t + tau * y, margin + tau <= 1.0);
    }
    case 3u: { return y * logistic(y * t, tau); }
    default: {
      let rest = t - y;
      if (abs(rest) <= sizes.delta * (1.0 + tau)) { return y + rest / (1.0 + tau); }
      return t - sign(rest) * sizes.delta * tau;
    }
  }
}

// u <- prox of the loss at the relaxed predictions plus w, w <- what is left (r = u, p = w here).
@compute @workgroup_size(64)
fn proximal(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  if (at >= sizes.count * sizes.outputs || open_[at % sizes.outputs] == 0u) { return; }
  let u = r[at];
  let w = p[at];
  let affine = u - w - scalars[1] * v[at];
  let t = sizes.relaxation * affine + (1.0 - sizes.relaxation) * u + w;
  let next = prox(t, fixed_[at], scalars[2]);
  r[at] = next;
  p[at] = t - next;
}

// w <- factor · w (p = w here).
@compute @workgroup_size(64)
fn rescalePredictions(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                      @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  if (at >= sizes.count * sizes.outputs) { return; }
  p[at] *= sizes.factor;
}
