// The matrix part of the splitting for quantized networks: state holds svec of P, then of M, output after output.

struct Sizes {
  order: u32,
  padded: u32,
  columns: u32,
  quadratic: u32,
  relaxation: f32,
  a: f32,
  halfB: f32,
  c: f32,
  factor: f32,     // of `rescale`
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> active_: array<u32>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;   // σ, θ, 1/σ_u, price/(σ·order)
@group(0) @binding(3) var<storage, read_write> X: array<f32>;
@group(0) @binding(4) var<storage, read_write> U: array<f32>;
@group(0) @binding(5) var<storage, read> S: array<f32>;         // adjoint by layers, full and unmasked
@group(0) @binding(6) var<storage, read_write> means: array<f32>;
@group(0) @binding(7) var<storage, read> pulls: array<f32>;     // mean of the diagonal of the adjoint, by output
@group(0) @binding(8) var<storage, read_write> mu: array<f32>;

const ROOT_TWO = 1.41421356237309505;
const THREADS = 64u;
var<workgroup> shared_: array<vec2f, THREADS>;

fn number(group: vec3u, groups: vec3u, thread: u32) -> u32 {
  return (group.y * groups.x + group.x) * THREADS + thread;
}

fn mask(i: u32, j: u32) -> f32 {
  let border = u32(i >= sizes.columns) + u32(j >= sizes.columns);
  return select(select(sizes.halfB, sizes.c, border == 2u), sizes.a, border == 0u);
}

fn position(i: u32, j: u32) -> u32 {
  return j * sizes.order - (j * max(j, 1u) - j) / 2u + i - j;
}

fn reduce(thread: u32, value: vec2f) -> vec2f {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] += shared_[thread + width]; }
  }
  return shared_[thread];
}

// Means of the diagonals of P − U_P and M − U_M, less the price where each has a ρ of its own; a workgroup per output.
@compute @workgroup_size(64)
fn meanDiagonals(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let output = active_[group.x];
  let length = sizes.order * (sizes.order + 1u) / 2u;
  var sum = vec2f(0.0);
  for (var j = thread; j < sizes.order; j += THREADS) {
    let p = 2u * output * length + position(j, j);
    sum += vec2f(X[p] - U[p], X[p + length] - U[p + length]);
  }
  let total = reduce(thread, sum);
  if (thread == 0u) {
    let less = select(0.0, scalars[3], sizes.quadratic != 0u);
    means[2u * output] = total.x / f32(sizes.order) - less;
    means[2u * output + 1u] = total.y / f32(sizes.order) - less;
  }
}

// The affine step, over-relaxed, plus the scaled duals, into both X and U.
@compute @workgroup_size(64)
fn affine(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let at = number(group, groups, thread);
  let size = sizes.padded * sizes.padded;
  if (at >= size) { return; }
  let j = at / sizes.padded;
  let i = at % sizes.padded;
  if (i < j || i >= sizes.order) { return; }
  let output = active_[group.z];
  let length = sizes.order * (sizes.order + 1u) / 2u;
  let p = 2u * output * length + position(i, j);
  let m = p + length;
  let s = mask(i, j) * S[group.z * size + at] * select(ROOT_TWO, 1.0, i == j);
  let old = vec2f(X[p], X[m]);
  let dual = vec2f(U[p], U[m]);
  var point = old - dual + vec2f(s, -s);
  if (i == j) {
    let mean = vec2f(means[2u * output], means[2u * output + 1u]);
    let row = 2u * output * sizes.order + j;
    if (sizes.quadratic == 0u) {
      let e = 0.5 * (mean.x + mean.y - scalars[3] - point.x - point.y);
      mu[row] = -scalars[0] * e;
      mu[row + sizes.order] = -scalars[0] * e;
      point += vec2f(e);
    } else {
      let rho = mean + vec2f(pulls[output], -pulls[output]);
      mu[row] = scalars[0] * (point.x - rho.x);
      mu[row + sizes.order] = scalars[0] * (point.y - rho.y);
      point = rho;
    }
  }
  let next = sizes.relaxation * point + (1.0 - sizes.relaxation) * old + dual;
  X[p] = next.x;
  X[m] = next.y;
  U[p] = next.x;
  U[m] = next.y;
}

// After the projection of X: U <- U − X, the layers' outputs.
@compute @workgroup_size(64)
fn dual(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let length = sizes.order * (sizes.order + 1u);
  let i = number(group, groups, thread);
  if (i >= length) { return; }
  let at = active_[group.z] * length + i;
  U[at] -= X[at];
}

// U <- factor · U of every output.
@compute @workgroup_size(64)
fn rescale(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let length = sizes.order * (sizes.order + 1u);
  let i = number(group, groups, thread);
  if (i >= length) { return; }
  U[group.z * length + i] *= sizes.factor;
}

// ‖X‖² and ‖U‖² of the layers' outputs into means; a workgroup each.
@compute @workgroup_size(64)
fn squares(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let output = active_[group.x];
  let length = sizes.order * (sizes.order + 1u);
  var sum = vec2f(0.0);
  for (var i = thread; i < length; i += THREADS) {
    let value = vec2f(X[output * length + i], U[output * length + i]);
    sum += value * value;
  }
  let total = reduce(thread, sum);
  if (thread == 0u) {
    means[2u * output] = total.x;
    means[2u * output + 1u] = total.y;
  }
}
