// The element-wise parts of the splitting with τ = 1. v, u, t hold x (n entries), then w (m); R_w = 1/(penalty·weight).

struct Sizes {
  n: u32,
  m: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;  // penalty, 1/penalty, relaxation, ρ
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> u: array<f32>;
@group(0) @binding(4) var<storage, read_write> t: array<f32>;
@group(0) @binding(5) var<storage, read_write> s: array<f32>;
@group(0) @binding(6) var<storage, read> b: array<f32>;
@group(0) @binding(7) var<storage, read> weight: array<f32>;   // m
@group(0) @binding(8) var<storage, read> c: array<f32>;
@group(0) @binding(9) var<storage, read_write> work: array<f32>;
@group(0) @binding(10) var<storage, read_write> rhs: array<f32>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + thread;
}

// work <- W b − w/penalty; rhs <- ρ x − c/penalty: the right-hand side is rhs + Aᵀ work.
@compute @workgroup_size(64)
fn rightHandSide(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
                 @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  let n = sizes.n;
  let m = sizes.m;
  if (i >= n + m) { return; }
  if (i < n) {
    rhs[i] = scalars[3] * v[i] - scalars[1] * c[i];
  } else {
    let row = i - n;
    work[row] = weight[row] * b[row] - scalars[1] * v[i];
  }
}

// With work = A t_x: t_w = w + penalty·W(A t_x − b), u = 2t − v, s = −R u_w (still to be projected).
@compute @workgroup_size(64)
fn reflect(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  let n = sizes.n;
  let m = sizes.m;
  if (i >= n + m) { return; }
  if (i < n) {
    u[i] = 2.0 * t[i] - v[i];
    return;
  }
  let row = i - n;
  let r = scalars[0] * weight[row];
  let step = r * (work[row] - b[row]);
  let point = v[i] + step;
  t[i] = point;
  u[i] = point + step;
  s[row] = -(point + step) / r;
}

// After the projection of s: u_w += R⁻¹ s.
@compute @workgroup_size(64)
fn complete(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
            @builtin(local_invocation_index) thread: u32) {
  let row = number(group, groups, thread);
  let m = sizes.m;
  if (row >= m) { return; }
  u[sizes.n + row] += scalars[0] * weight[row] * s[row];
}

// v += relaxation (u − t).
@compute @workgroup_size(64)
fn relax(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  if (i >= sizes.n + sizes.m) { return; }
  v[i] += scalars[2] * (u[i] - t[i]);
}

// v in the weights of a new penalty, with s and u kept: v = 2t − u + R⁻¹s.
@compute @workgroup_size(64)
fn reweigh(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let i = number(group, groups, thread);
  let n = sizes.n;
  let m = sizes.m;
  if (i >= n + m) { return; }
  var value = 2.0 * t[i] - u[i];
  if (i >= n) { value += scalars[0] * weight[i - n] * s[i - n]; }
  v[i] = value;
}
