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
@group(0) @binding(3) var<storage, read> goal: array<f32>;         // rows: b; columns: c
@group(0) @binding(4) var<storage, read> inverse: array<f32>;      // 1/scale of rows (negative: equalities) or columns
@group(0) @binding(5) var<storage, read> products: array<f32>;     // Ax (m), Aᵀy (n)
// Of the check before. All are bound apart, since together they may exceed the largest binding.
@group(0) @binding(6) var<storage, read_write> lastPoint: array<f32>;     // x, y
@group(0) @binding(7) var<storage, read_write> lastSlack: array<f32>;     // s
@group(0) @binding(8) var<storage, read_write> lastProducts: array<f32>;  // Ax, Aᵀy
@group(0) @binding(9) var<storage, read_write> partial: array<f32>;
@group(0) @binding(10) var<storage, read_write> results: array<f32>;

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

// Writes quantities first … last of a workgroup's rows or columns (the latter come after all of the rows').
fn deliver(q: ptr<function, array<f32, 11>>, first: u32, last: u32, columns: bool, group: u32, thread: u32) {
  for (var k = first; k <= last; k += 1u) {
    let value = reduce((*q)[k], isMax(k, columns), thread);
    let place = select(k, QUANTITIES + k, columns);
    if (thread == 0u) { partial[place * sizes.partials + group] = value; }
  }
}

// Quantities 0 … 8.
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
    let b = goal[i];
    let scale = abs(inverse[i]);
    let residual = (ax + slack - b) * scale;
    let dy = y - lastPoint[n + i];
    q[0] = merge(q[0], abs(residual), true);
    q[1] += residual * residual;
    q[2] = merge(q[2], abs(ax * scale), true);
    q[3] = merge(q[3], abs(slack * scale), true);
    q[4] += y * b;
    q[5] += dy * b;
    if (inverse[i] > 0.0) {  // not an equality row
      q[6] += y * y;
      q[7] += slack * slack;
      q[8] += dy * dy;
    }
    lastPoint[n + i] = y;
  }
  deliver(&q, 0u, 8u, false, group.x, thread);
}

// Quantities 9 and 10: how far s and Ax + s have come.
@compute @workgroup_size(64)
fn moves(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = sizes.m;
  var q: array<f32, 11>;
  for (var k = 0u; k < QUANTITIES; k += 1u) { q[k] = 0.0; }
  for (var i = group.x * THREADS + thread; i < m; i += sizes.partials * THREADS) {
    let slack = s[i];
    let ax = products[i];
    let ds = slack - lastSlack[i];
    let dax = ax - lastProducts[i];
    if (inverse[i] > 0.0) { q[9] += ds * ds; }
    q[10] = merge(q[10], abs((dax + ds) * inverse[i]), true);
    lastSlack[i] = slack;
    lastProducts[i] = ax;
  }
  deliver(&q, 9u, 10u, false, group.x, thread);
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
    let c = goal[j];
    let residual = (aty + c) * inverse[j];
    let dx = x - lastPoint[j];
    let daty = aty - lastProducts[m + j];
    q[0] = merge(q[0], abs(residual), true);
    q[1] += residual * residual;
    q[2] = merge(q[2], abs(aty * inverse[j]), true);
    q[3] += x * c;
    q[4] += dx * c;
    q[5] = merge(q[5], abs(daty * inverse[j]), true);
    lastPoint[j] = x;
    lastProducts[m + j] = aty;
  }
  deliver(&q, 0u, QUANTITIES - 1u, true, group.x, thread);
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
