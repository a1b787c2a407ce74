// Projection of small svec blocks onto the PSD cone, in place: parallel two-sided Jacobi in workgroup memory. Blocks
// of all orders up to 44 in one dispatch; a workgroup takes one block, or several small ones of one (even) order.
//
// f32 rotations leave V only nearly orthonormal and the diagonal drifted, so V is orthonormalised by one Newton
// step and B = VᵀXV is formed anew from the data. Its off-diagonal rest enters by the first-order (Daleckii–Krein)
// formula P = V M Vᵀ, M_ij = B_ij (λ_i⁺ − λ_j⁺)/(λ_i − λ_j): what remains is of second order.

struct Sizes {
  groups: u32,
  sweeps: u32,       // most sweeps
  tolerance: f32,    // a sweep whose rotated entries are all below this, relative to the norm, is the last
}

struct Block {
  offset: u32,
  order: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// Per workgroup: first block in the table, blocks, even order m.
@group(0) @binding(1) var<storage, read> packs: array<vec4u>;
@group(0) @binding(2) var<storage, read> blocks: array<Block>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

const THREADS = 64u;
const ROOT_HALF = 0.70710678118654752;
const ROOT_TWO = 1.41421356237309505;

// count·m² ≤ 1936 and count·m ≤ 128
var<workgroup> A: array<f32, 1936>;
var<workgroup> V: array<f32, 1936>;
var<workgroup> rotation: array<vec2f, 64>;   // cosine and sine per pair; later the diagonal
var<workgroup> threshold: array<f32, 64>;
var<workgroup> busy: atomic<u32>;
var<workgroup> again: u32;

fn position(block: Block, i: u32, j: u32) -> u32 {
  let row = max(i, j);
  let column = min(i, j);
  return block.offset + column * block.order - (column * max(column, 1u) - column) / 2u + row - column;
}

fn entry(block: Block, i: u32, j: u32) -> f32 {
  if (max(i, j) >= block.order) { return 0.0; }
  return x[position(block, i, j)] * select(ROOT_HALF, 1.0, i == j);
}

// Pair k of round r of a round-robin tournament of m players.
fn pairOf(m: u32, r: u32, k: u32) -> vec2u {
  let n = m - 1u;
  if (k == 0u) { return vec2u(r, n); }
  let a = (r + k) % n;
  let b = (r + n - k) % n;
  return vec2u(min(a, b), max(a, b));
}

fn diagonal(t: u32) -> f32 { return select(rotation[t / 2u].x, rotation[t / 2u].y, (t & 1u) == 1u); }

@compute @workgroup_size(64)
fn jacobi(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) thread: u32) {
  let number = group.y * groups.x + group.x;
  if (number >= sizes.groups) { return; }
  let first = packs[number].x;
  let count = packs[number].y;
  let m = packs[number].z;
  let size = m * m;
  let half = m / 2u;
  let entries = count * size;
  let rows = count * m;
  let pairs = count * half;
  let uppers = half * (half + 1u) / 2u;

  for (var t = thread; t < entries; t += THREADS) {
    let i = (t % size) / m;
    let j = t % m;
    A[t] = entry(blocks[first + t / size], i, j);
    V[t] = select(0.0, 1.0, i == j);
  }
  if (thread == 0u) { atomicStore(&busy, 0u); }
  workgroupBarrier();
  for (var t = thread; t < count; t += THREADS) {
    var sum = 0.0;
    for (var k = 0u; k < size; k += 1u) { let a = A[t * size + k]; sum += a * a; }
    threshold[t] = sizes.tolerance * sqrt(sum);
  }
  workgroupBarrier();

  for (var sweep = 0u; sweep < sizes.sweeps; sweep += 1u) {
    for (var r = 0u; r < m - 1u; r += 1u) {
      for (var t = thread; t < pairs; t += THREADS) {
        let base = (t / half) * size;
        let pair = pairOf(m, r, t % half);
        let app = A[base + pair.x * m + pair.x];
        let aqq = A[base + pair.y * m + pair.y];
        let apq = A[base + pair.x * m + pair.y];
        var turn = vec2f(1.0, 0.0);
        if (abs(apq) > 1e-12 * (abs(app) + abs(aqq)) + 1e-36) {
          let tau = (aqq - app) / (2.0 * apq);
          let tangent = select(-1.0, 1.0, tau >= 0.0) / (abs(tau) + sqrt(1.0 + tau * tau));
          let c = 1.0 / sqrt(1.0 + tangent * tangent);
          turn = vec2f(c, tangent * c);
          if (abs(apq) > threshold[t / half]) { atomicStore(&busy, 1u); }
        }
        rotation[t] = turn;
      }
      workgroupBarrier();
      // The 2×2 blocks at (pair p, pair q), p ≤ q, are independent of one another.
      for (var t = thread; t < count * uppers; t += THREADS) {
        let block = t / uppers;
        let item = t % uppers;
        var q = u32((sqrt(8.0 * f32(item) + 1.0) - 1.0) * 0.5);
        while (q * (q + 1u) / 2u > item) { q -= 1u; }
        while ((q + 1u) * (q + 2u) / 2u <= item) { q += 1u; }
        let p = item - q * (q + 1u) / 2u;
        let base = block * size;
        let P = pairOf(m, r, p);
        let Q = pairOf(m, r, q);
        let g = rotation[block * half + p];
        let h = rotation[block * half + q];
        let ac = A[base + P.x * m + Q.x];
        let ad = A[base + P.x * m + Q.y];
        let bc = A[base + P.y * m + Q.x];
        let bd = A[base + P.y * m + Q.y];
        let tc = g.x * ac - g.y * bc;
        let td = g.x * ad - g.y * bd;
        let uc = g.y * ac + g.x * bc;
        let ud = g.y * ad + g.x * bd;
        let nac = h.x * tc - h.y * td;
        let nad = h.y * tc + h.x * td;
        let nbc = h.x * uc - h.y * ud;
        let nbd = h.y * uc + h.x * ud;
        A[base + P.x * m + Q.x] = nac;
        A[base + P.y * m + Q.y] = nbd;
        if (p == q) {
          let rest = select(0.0, nad, g.y == 0.0);
          A[base + P.x * m + P.y] = rest;
          A[base + P.y * m + P.x] = rest;
        } else {
          A[base + P.x * m + Q.y] = nad;
          A[base + P.y * m + Q.x] = nbc;
          A[base + Q.x * m + P.x] = nac;
          A[base + Q.y * m + P.x] = nad;
          A[base + Q.x * m + P.y] = nbc;
          A[base + Q.y * m + P.y] = nbd;
        }
      }
      for (var t = thread; t < pairs * m; t += THREADS) {
        let item = t % (half * m);
        let block = t / (half * m);
        let p = item / m;
        let at = block * size + (item % m) * m;
        let P = pairOf(m, r, p);
        let g = rotation[block * half + p];
        let a = V[at + P.x];
        let b = V[at + P.y];
        V[at + P.x] = g.x * a - g.y * b;
        V[at + P.y] = g.y * a + g.x * b;
      }
      workgroupBarrier();
    }
    if (thread == 0u) { again = atomicExchange(&busy, 0u); }
    if (workgroupUniformLoad(&again) == 0u) { break; }
  }

  // A <- VᵀV, then V <- V(1.5 I − 0.5 VᵀV), a row at a time.
  for (var t = thread; t < entries; t += THREADS) {
    let base = (t / size) * size;
    let i = (t % size) / m;
    let j = t % m;
    var sum = 0.0;
    for (var k = 0u; k < m; k += 1u) { sum += V[base + k * m + i] * V[base + k * m + j]; }
    A[t] = sum;
  }
  workgroupBarrier();
  var line: array<f32, 44>;
  for (var t = thread; t < rows; t += THREADS) {
    let base = (t / m) * size;
    let at = t * m;
    for (var k = 0u; k < m; k += 1u) { line[k] = V[at + k]; }
    for (var j = 0u; j < m; j += 1u) {
      var sum = 0.0;
      for (var k = 0u; k < m; k += 1u) { sum += line[k] * A[base + k * m + j]; }
      V[at + j] = 1.5 * line[j] - 0.5 * sum;
    }
  }
  workgroupBarrier();
  // A <- X V
  for (var t = thread; t < rows; t += THREADS) {
    let base = (t / m) * size;
    let i = t % m;
    let block = blocks[first + t / m];
    for (var k = 0u; k < m; k += 1u) { line[k] = entry(block, i, k); }
    for (var j = 0u; j < m; j += 1u) {
      var sum = 0.0;
      for (var k = 0u; k < m; k += 1u) { sum += line[k] * V[base + k * m + j]; }
      A[t * m + j] = sum;
    }
  }
  workgroupBarrier();
  // A <- Vᵀ A, a column at a time
  for (var t = thread; t < rows; t += THREADS) {
    let base = (t / m) * size;
    let j = t % m;
    for (var k = 0u; k < m; k += 1u) { line[k] = A[base + k * m + j]; }
    for (var i = 0u; i < m; i += 1u) {
      var sum = 0.0;
      for (var k = 0u; k < m; k += 1u) { sum += V[base + k * m + i] * line[k]; }
      A[base + i * m + j] = sum;
    }
  }
  workgroupBarrier();
  for (var t = thread; t < pairs; t += THREADS) {
    let at = (t / half) * size + 2u * (t % half) * (m + 1u);
    rotation[t] = vec2f(A[at], A[at + m + 1u]);
  }
  workgroupBarrier();
  // A <- M
  for (var t = thread; t < entries; t += THREADS) {
    let base = (t / size) * size;
    let i = (t % size) / m;
    let j = t % m;
    if (i > j) { continue; }
    let a = diagonal((t / size) * m + i);
    let b = diagonal((t / size) * m + j);
    let mean = 0.5 * (A[base + i * m + j] + A[base + j * m + i]);
    var value = 0.0;
    if (a > 0.0 && b > 0.0) {
      value = mean;
    } else if (a > 0.0 || b > 0.0) {
      value = mean * max(a, b) / (max(a, b) - min(a, b));
    }
    A[base + i * m + j] = value;
    A[base + j * m + i] = value;
  }
  workgroupBarrier();
  // A <- V M, a column at a time
  for (var t = thread; t < rows; t += THREADS) {
    let base = (t / m) * size;
    let j = t % m;
    for (var k = 0u; k < m; k += 1u) { line[k] = A[base + k * m + j]; }
    for (var i = 0u; i < m; i += 1u) {
      var sum = 0.0;
      for (var k = 0u; k < m; k += 1u) { sum += V[base + i * m + k] * line[k]; }
      A[base + i * m + j] = sum;
    }
  }
  workgroupBarrier();
  storageBarrier();
  for (var t = thread; t < entries; t += THREADS) {
    let base = (t / size) * size;
    let i = (t % size) / m;
    let j = t % m;
    let block = blocks[first + t / size];
    if (i < j || i >= block.order) { continue; }
    var sum = 0.0;
    for (var k = 0u; k < m; k += 1u) { sum += A[base + i * m + k] * V[base + j * m + k]; }
    x[position(block, i, j)] = sum * select(ROOT_TWO, 1.0, i == j);
  }
}
