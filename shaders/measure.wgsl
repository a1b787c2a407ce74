// The scalars of a check, in two passes of fixed order. Rows: residual Ax + s − b and its parts; columns: Aᵀy + c.
// Everything is divided by the row's or column's scale, that is in the problem's own units up to one factor.

struct Sizes {
  n: u32,
  m: u32,
  partials: u32,  // workgroups of the first pass, for rows and for columns
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> u: array<f32>;            // x (n), y (m)
@group(0) @binding(2) var<storage, read> s: array<f32>;
@group(0) @binding(3) var<storage, read> data: array<f32>;         // b (m), weight (m), c (n), 1/rowScale (m), 1/colScale (n)
@group(0) @binding(4) var<storage, read> products: array<f32>;     // Ax (m), Aᵀy (n)
@group(0) @binding(5) var<storage, read_write> last: array<f32>;   // of the check before: x, y, s, Ax, Aᵀy
@group(0) @binding(6) var<storage, read_write> partial: array<f32>;
@group(0) @binding(7) var<storage, read_write> results: array<f32>;

const THREADS = 64u;
const QUANTITIES = 11u;
var<workgroup> shared_: array<f32, THREADS>;

// Quantities that are maxima; the others are sums.
fn isMax(quantity: u32, columns: bool) -> bool {
  if (columns) { return quantity == 0u || quantity == 2u || quantity == 5u; }
  return quantity == 0u || quantity == 2u || quantity == 3u || quantity == 10u;
}

fn merge(a: f32, b: f32, maximum: bool) -> f32 {
  // NaN must survive: max may drop it.
  if (maximum) { return select(max(a, b), a + b, a != a || b != b); }
  return a + b;
}

fn reduce(value: f32, maximum: bool, thread: u32) -> f32 {
  shared_[thread] = value;
  for (var width = THREADS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (thread < width) { shared_[thread] = merge(shared_[thread], shared_[thread + width], maximum); }
  }
  workgroupBarrier();
  let result = shared_[0];
  workgroupBarrier();
  return result;
}

@compute @workgroup_size(64)
fn rows(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = sizes.n;
  let m = sizes.m;
  var q: array<f32, 11>;
  for (var k = 0u; k < QUANTITIES; k += 1u) { q[k] = 0.0; }
  for (var i = group.x * THREADS + thread; i < m; i += sizes.partials * THREADS) {
    let y = u[n + i];
    let slack = s[i];
    let ax = products[i];
    let b = data[i];
    let inverse = data[2u * m + n + i];
    let residual = (ax + slack - b) * inverse;
    let dy = y - last[n + i];
    let ds = slack - last[n + m + i];
    let dax = ax - last[n + 2u * m + i];
    q[0] = merge(q[0], abs(residual), true);
    q[1] += residual * residual;
    q[2] = merge(q[2], abs(ax * inverse), true);
    q[3] = merge(q[3], abs(slack * inverse), true);
    q[4] += y * b;
    q[9] += dy * b;
    q[10] = merge(q[10], abs((dax + ds) * inverse), true);
    if (data[m + i] == 1.0) {  // not an equality row
      q[5] += y * y;
      q[6] += slack * slack;
      q[7] += ds * ds;
      q[8] += dy * dy;
    }
    last[n + i] = y;
    last[n + m + i] = slack;
    last[n + 2u * m + i] = ax;
  }
  for (var k = 0u; k < QUANTITIES; k += 1u) {
    let value = reduce(q[k], isMax(k, false), thread);
    if (thread == 0u) { partial[k * sizes.partials + group.x] = value; }
  }
}

@compute @workgroup_size(64)
fn columns(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = sizes.n;
  let m = sizes.m;
  var q: array<f32, 11>;
  for (var k = 0u; k < QUANTITIES; k += 1u) { q[k] = 0.0; }
  for (var j = group.x * THREADS + thread; j < n; j += sizes.partials * THREADS) {
    let x = u[j];
    let aty = products[m + j];
    let c = data[2u * m + j];
    let inverse = data[3u * m + n + j];
    let residual = (aty + c) * inverse;
    let dx = x - last[j];
    let daty = aty - last[n + 3u * m + j];
    q[0] = merge(q[0], abs(residual), true);
    q[1] += residual * residual;
    q[2] = merge(q[2], abs(aty * inverse), true);
    q[3] += x * c;
    q[4] += dx * c;
    q[5] = merge(q[5], abs(daty * inverse), true);
    last[j] = x;
    last[n + 3u * m + j] = aty;
  }
  for (var k = 0u; k < QUANTITIES; k += 1u) {
    let value = reduce(q[k], isMax(k, true), thread);
    if (thread == 0u) { partial[(QUANTITIES + k) * sizes.partials + group.x] = value; }
  }
}

// One workgroup for each of the 22 quantities.
@compute @workgroup_size(64)
fn finish(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let columns = group.x >= QUANTITIES;
  let maximum = isMax(group.x % QUANTITIES, columns);
  var value = 0.0;
  for (var i = thread; i < sizes.partials; i += THREADS) {
    value = merge(value, partial[group.x * sizes.partials + i], maximum);
  }
  let result = reduce(value, maximum, thread);
  if (thread == 0u) { results[group.x] = result; }
}
