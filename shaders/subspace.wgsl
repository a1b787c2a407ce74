// The positive eigenspace of Y = ±X/‖X‖_F followed from call to call: Chebyshev filter, Cholesky QR twice, Rayleigh–Ritz
// by Jacobi. A batch of blocks of one padded order, a layer each; nothing comes back but the states.
//
// Error bound: with V₁ the Ritz vectors with values θ > 0, R = YV₁ − V₁Θ and P̂ = V₁ΘV₁ᵀ, ‖P̂ − P(Y)‖_F ≤ √2‖R‖_F +
// ‖P(ΠYΠ)‖_F, Π the projector off V₁. The other Ritz values stand for the last term: within the residual ρ of each
// lies an eigenvalue, so that it counts as max(0, θ + ρ). What the basis knows nothing of can only have come with a jump
// of Y, and counts by how far that may have brought it (Weyl); and random numbers enter the basis in every call, and are
// filtered with it.

struct Sizes {
  order: u32,      // padded order n
  columns: u32,    // vectors of the basis m, a multiple of 4, at most 44
  layers: u32,
  slot: u32,       // floats of a small matrix
  mode: u32,       // whiten: 1 with the projected matrix; gate: dispatches in the table; drift: partial sums
  tolerance: f32,  // allowed ‖P̂ − P‖_F, relative to ‖X‖_F
}

struct Block {
  offset: u32,
  order: u32,
}

struct State {
  lower: f32,      // interval to damp in the next call
  upper: f32,
  centre: f32,     // of the interval damped in this call, and half its width
  half: f32,
  top: f32,        // largest Ritz value
  error: f32,      // the bound above
  side: f32,       // Y = side · X
  trace: f32,      // of the sign of X, from the polynomial
  count: u32,      // positive Ritz values
  passed: u32,     // this call
  passes: u32,     // calls that met the tolerance, and others
  failures: u32,
  calls: u32,
  drift: f32,      // ‖Y − Y of the call before‖_F
  unseen: f32,     // eigenvalue that the basis may still miss
  unused: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> states: array<State>;
@group(0) @binding(4) var<storage, read_write> norms: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> matrix: array<f32>;   // n×n per layer
@group(0) @binding(6) var<storage, read_write> basis: array<f32>;    // n×m per layer
@group(0) @binding(7) var<storage, read_write> image: array<f32>;    // n×m or m×n per layer; or the end's vectors
@group(0) @binding(8) var<storage, read_write> small: array<f32>;    // m×m per slot and layer
@group(0) @binding(9) var<storage, read> grids: array<u32>;
@group(0) @binding(10) var<storage, read_write> gated: array<u32>;   // 1 when all passed, then grids or zeros

const THREADS = 64u;
// Share of the Frobenius norm of a change by which an end of a spectrum is taken to have moved.
const DRIFT_SHARE = 0.5;
// By how much a filter at least brings it out.
const UNSEEN_DECAY = 0.2;
const ROOT_HALF = 0.70710678118654752;
const ROOT_TWO = 1.41421356237309505;
const GRAM = 0u;
const PROJECTED = 1u;
const WHITENER = 2u;
const WHITENED = 3u;
const ROTATION = 4u;
const CORE = 5u;
const VALUES = 6u;   // Ritz values, then squared residuals

var<workgroup> A: array<f32, 1936>;
var<workgroup> V: array<f32, 1936>;
var<workgroup> rotation: array<vec2f, 22>;
var<workgroup> values: array<f32, 44>;
var<workgroup> place: array<u32, 44>;
var<workgroup> busy: atomic<u32>;
var<workgroup> again: u32;
var<workgroup> shared_: array<vec3f, THREADS>;

fn slotAt(slot: u32, layer: u32) -> u32 { return (slot * sizes.layers + layer) * sizes.slot; }

fn position(block: Block, i: u32, j: u32) -> u32 {
  let row = max(i, j);
  let column = min(i, j);
  return block.offset + column * block.order - (column * max(column, 1u) - column) / 2u + row - column;
}

fn tree(thread: u32, value: vec3f) -> vec3f {
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

// The interval of this call.
@compute @workgroup_size(1)
fn prepare(@builtin(workgroup_id) group: vec3u) {
  let layer = group.z;
  let lower = max(min(1.01 * states[layer].lower, -1e-6), -1.0);
  let upper = min(states[layer].upper, 1e-3 * lower);
  let safe = select(0.5 * lower, upper, upper > 0.95 * lower);
  states[layer].centre = 0.5 * (safe + lower);
  states[layer].half = 0.5 * (safe - lower);
  states[layer].calls += 1u;
}

// matrix <- Â = (2/half)(Y − centre·I): 2 times what the Chebyshev polynomials are taken of. Padding stays zero.
@compute @workgroup_size(64)
fn shift(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
         @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + thread;
  let n = sizes.order;
  if (at >= n * n) { return; }
  let layer = group.z;
  let block = blocks[layer];
  let i = at / n;
  let j = at % n;
  var value = 0.0;
  if (max(i, j) < block.order) {
    value = states[layer].side * x[position(block, i, j)] * norms[layer].y;
    if (i != j) { value *= ROOT_HALF; } else { value -= states[layer].centre; }
    value *= 2.0 / states[layer].half;
  }
  matrix[layer * n * n + at] = value;
}

// image (m×n) <- basisᵀ (n×m).
@compute @workgroup_size(64)
fn turn(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + thread;
  let size = sizes.order * sizes.columns;
  if (at >= size) { return; }
  let base = group.z * size;
  image[base + at] = basis[base + (at % sizes.order) * sizes.columns + at / sizes.order];
}

// R = D·L⁻ᵀ with D the inverse column norms and DGD = LLᵀ, so that RᵀGR = I; in mode 1 also RᵀHR. A pivot that has
// vanished is lifted: its direction comes out short, and right in the second pass.
@compute @workgroup_size(64)
fn whiten(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = sizes.columns;
  let gram = slotAt(GRAM, group.z);
  for (var t = thread; t < m; t += THREADS) {
    let square = small[gram + t * (m + 1u)];
    values[t] = select(0.0, inverseSqrt(max(square, 1e-36)), square > 1e-36);
  }
  workgroupBarrier();
  for (var t = thread; t < m * m; t += THREADS) {
    A[t] = small[gram + t] * values[t / m] * values[t % m];
    V[t] = 0.0;
  }
  workgroupBarrier();
  for (var j = 0u; j < m; j += 1u) {
    if (thread == 0u) { A[j * m + j] = sqrt(max(A[j * m + j], 1e-6)); }
    workgroupBarrier();
    for (var i = j + 1u + thread; i < m; i += THREADS) { A[i * m + j] /= A[j * m + j]; }
    workgroupBarrier();
    let rest = m - j - 1u;
    for (var t = thread; t < rest * rest; t += THREADS) {
      let i = j + 1u + t / rest;
      let k = j + 1u + t % rest;
      if (k <= i) { A[i * m + k] -= A[i * m + j] * A[k * m + j]; }
    }
    workgroupBarrier();
  }
  // V <- L⁻¹, a column per thread.
  for (var c = thread; c < m; c += THREADS) {
    for (var i = c; i < m; i += 1u) {
      var sum = select(0.0, 1.0, i == c);
      for (var k = c; k < i; k += 1u) { sum -= A[i * m + k] * V[k * m + c]; }
      V[i * m + c] = sum / A[i * m + i];
    }
  }
  workgroupBarrier();
  let whitener = slotAt(WHITENER, group.z);
  for (var t = thread; t < m * m; t += THREADS) {
    small[whitener + t] = values[t / m] * V[(t % m) * m + t / m];
  }
  if (sizes.mode == 0u) { return; }
  // A <- H R, then M = Rᵀ A.
  let projected = slotAt(PROJECTED, group.z);
  for (var t = thread; t < m * m; t += THREADS) {
    let i = t / m;
    let j = t % m;
    var sum = 0.0;
    for (var k = 0u; k <= j; k += 1u) { sum += small[projected + i * m + k] * values[k] * V[j * m + k]; }
    A[t] = sum;
  }
  workgroupBarrier();
  let whitened = slotAt(WHITENED, group.z);
  for (var t = thread; t < m * m; t += THREADS) {
    let i = t / m;
    let j = t % m;
    if (i > j) { continue; }
    var sum = 0.0;
    for (var k = 0u; k <= i; k += 1u) { sum += values[k] * V[i * m + k] * A[k * m + j]; }
    small[whitened + i * m + j] = sum;
    small[whitened + j * m + i] = sum;
  }
}

// Pair k of round r of a round-robin tournament of m players.
fn pairOf(m: u32, r: u32, k: u32) -> vec2u {
  let n = m - 1u;
  if (k == 0u) { return vec2u(r, n); }
  let a = (r + k) % n;
  let b = (r + n - k) % n;
  return vec2u(min(a, b), max(a, b));
}

// Jacobi on the whitened matrix M: A <- QᵀMQ, V <- Q.
fn diagonalise(m: u32, thread: u32, matrixAt: u32) {
  let half = m / 2u;
  for (var t = thread; t < m * m; t += THREADS) {
    A[t] = small[matrixAt + t];
    V[t] = select(0.0, 1.0, t / m == t % m);
  }
  if (thread == 0u) { atomicStore(&busy, 0u); }
  workgroupBarrier();
  for (var i = thread; i < m; i += THREADS) {
    var square = 0.0;
    for (var j = 0u; j < m; j += 1u) { square += A[j * m + i] * A[j * m + i]; }
    values[i] = square;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < m; i += 1u) { total += values[i]; }
  let norm = sqrt(total);
  for (var sweep = 0u; sweep < 12u; sweep += 1u) {
    for (var r = 0u; r < m - 1u; r += 1u) {
      for (var k = thread; k < half; k += THREADS) {
        let pair = pairOf(m, r, k);
        let app = A[pair.x * (m + 1u)];
        let aqq = A[pair.y * (m + 1u)];
        let apq = A[pair.x * m + pair.y];
        var angle = vec2f(1.0, 0.0);
        if (abs(apq) > 1e-9 * norm + 1e-36) {
          let tau = (aqq - app) / (2.0 * apq);
          let tangent = select(-1.0, 1.0, tau >= 0.0) / (abs(tau) + sqrt(1.0 + tau * tau));
          let c = 1.0 / sqrt(1.0 + tangent * tangent);
          angle = vec2f(c, tangent * c);
          if (abs(apq) > 1e-6 * norm) { atomicStore(&busy, 1u); }
        }
        rotation[k] = angle;
      }
      workgroupBarrier();
      // The 2×2 blocks at (pair p, pair q) are independent of one another.
      for (var t = thread; t < half * half; t += THREADS) {
        let p = t / half;
        let q = t % half;
        if (p > q) { continue; }
        let P = pairOf(m, r, p);
        let Q = pairOf(m, r, q);
        let g = rotation[p];
        let h = rotation[q];
        let ac = A[P.x * m + Q.x];
        let ad = A[P.x * m + Q.y];
        let bc = A[P.y * m + Q.x];
        let bd = A[P.y * m + Q.y];
        let tc = g.x * ac - g.y * bc;
        let td = g.x * ad - g.y * bd;
        let uc = g.y * ac + g.x * bc;
        let ud = g.y * ad + g.x * bd;
        let nac = h.x * tc - h.y * td;
        let nad = h.y * tc + h.x * td;
        let nbc = h.x * uc - h.y * ud;
        let nbd = h.y * uc + h.x * ud;
        A[P.x * m + Q.x] = nac;
        A[P.y * m + Q.y] = nbd;
        if (p == q) {
          let rest = select(0.0, nad, g.y == 0.0);
          A[P.x * m + P.y] = rest;
          A[P.y * m + P.x] = rest;
        } else {
          A[P.x * m + Q.y] = nad;
          A[P.y * m + Q.x] = nbc;
          A[Q.x * m + P.x] = nac;
          A[Q.y * m + P.x] = nad;
          A[Q.x * m + P.y] = nbc;
          A[Q.y * m + P.y] = nbd;
        }
      }
      for (var t = thread; t < half * m; t += THREADS) {
        let at = (t % m) * m;
        let P = pairOf(m, r, t / m);
        let g = rotation[t / m];
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
}

// Ritz values (descending), vectors RQ in terms of the basis, and the core of P̂ = V·core·Vᵀ. As rotations in f32 drift,
// Q is orthonormalised by a Newton step and QᵀMQ formed anew; what stays off its diagonal enters by the first-order
// (Daleckii–Krein) formula.
@compute @workgroup_size(64)
fn ritz(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = sizes.columns;
  let layer = group.z;
  let whitened = slotAt(WHITENED, layer);
  diagonalise(m, thread, whitened);
  for (var t = thread; t < m * m; t += THREADS) {
    var sum = 0.0;
    for (var k = 0u; k < m; k += 1u) { sum += V[k * m + t / m] * V[k * m + t % m]; }
    A[t] = sum;
  }
  workgroupBarrier();
  var line: array<f32, 44>;
  for (var i = thread; i < m; i += THREADS) {
    for (var k = 0u; k < m; k += 1u) { line[k] = V[i * m + k]; }
    for (var j = 0u; j < m; j += 1u) {
      var sum = 0.0;
      for (var k = 0u; k < m; k += 1u) { sum += line[k] * A[k * m + j]; }
      V[i * m + j] = 1.5 * line[j] - 0.5 * sum;
    }
  }
  workgroupBarrier();
  // A <- M Q, then A <- Qᵀ A, a column at a time.
  for (var t = thread; t < m * m; t += THREADS) {
    var sum = 0.0;
    for (var k = 0u; k < m; k += 1u) { sum += small[whitened + (t / m) * m + k] * V[k * m + t % m]; }
    A[t] = sum;
  }
  workgroupBarrier();
  for (var j = thread; j < m; j += THREADS) {
    for (var k = 0u; k < m; k += 1u) { line[k] = A[k * m + j]; }
    for (var i = 0u; i < m; i += 1u) {
      var sum = 0.0;
      for (var k = 0u; k < m; k += 1u) { sum += V[k * m + i] * line[k]; }
      A[i * m + j] = sum;
    }
  }
  workgroupBarrier();
  for (var t = thread; t < m; t += THREADS) { values[t] = A[t * (m + 1u)]; }
  workgroupBarrier();
  for (var t = thread; t < m; t += THREADS) {
    var before = 0u;
    for (var k = 0u; k < m; k += 1u) {
      if (values[k] > values[t] || (values[k] == values[t] && k < t)) { before += 1u; }
    }
    place[t] = before;
    small[slotAt(VALUES, layer) + before] = values[t];
  }
  workgroupBarrier();
  let unit = 0.5 * states[layer].half;
  let centre = states[layer].centre;
  let core = slotAt(CORE, layer);
  let rotated = slotAt(ROTATION, layer);
  let whitener = slotAt(WHITENER, layer);
  for (var t = thread; t < m * m; t += THREADS) {
    let i = t / m;
    let j = t % m;
    let a = unit * values[i] + centre;
    let b = unit * values[j] + centre;
    let mean = 0.5 * unit * (A[i * m + j] + A[j * m + i]);
    var entry = 0.0;
    if (i == j) {
      entry = max(a, 0.0);
    } else if (a > 0.0 && b > 0.0) {
      entry = mean;
    } else if (a > 0.0 || b > 0.0) {
      entry = mean * max(a, b) / (max(a, b) - min(a, b));
    }
    small[core + place[i] * m + place[j]] = entry;
    var sum = 0.0;
    for (var k = i; k < m; k += 1u) { sum += small[whitener + i * m + k] * V[k * m + j]; }
    small[rotated + i * m + place[j]] = sum;
  }
}

// Squared residual of one Ritz pair (in Â's units): basis holds the vectors, image ÂV.
@compute @workgroup_size(64)
fn residual(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let m = sizes.columns;
  let base = group.z * sizes.order * m + group.x;
  let at = slotAt(VALUES, group.z);
  let value = small[at + group.x];
  var sum = 0.0;
  for (var i = thread; i < sizes.order; i += THREADS) {
    let difference = image[base + i * m] - value * basis[base + i * m];
    sum += difference * difference;
  }
  let total = tree(thread, vec3f(sum, 0.0, 0.0)).x;
  if (thread == 0u) { small[at + m + group.x] = total; }
}

// The error bound, the verdict and the next interval.
@compute @workgroup_size(1)
fn judge(@builtin(workgroup_id) group: vec3u) {
  let m = sizes.columns;
  let layer = group.z;
  let at = slotAt(VALUES, layer);
  let unit = 0.5 * states[layer].half;
  let centre = states[layer].centre;
  var count = 0u;
  var wanted = 0.0;
  var missed = 0.0;
  // The last one is mostly the random vector.
  for (var k = 0u; k + 1u < m; k += 1u) {
    let value = unit * small[at + k] + centre;
    let square = unit * unit * small[at + m + k];
    if (value > 0.0) {
      count += 1u;
      wanted += square;
    } else {
      let above = max(0.0, value + sqrt(square));
      missed += above * above;
    }
  }
  let error = sqrt(2.0 * wanted) + sqrt(missed);
  // All that the basis did not hold was below its last value in the call before.
  let unseen = max(states[layer].upper + DRIFT_SHARE * states[layer].drift, UNSEEN_DECAY * states[layer].unseen);
  states[layer].unseen = max(unseen, 0.0);
  states[layer].count = count;
  states[layer].top = unit * small[at] + centre;
  states[layer].error = error + states[layer].unseen;
  states[layer].upper = unit * small[at + m - 2u] + centre;
  // Written so that NaN fails.
  states[layer].passed = select(0u, 1u, error + states[layer].unseen <= sizes.tolerance && count + 3u <= m);
}

// gated <- (all passed, 0, 0, 0, then grids or nothing): what follows runs only when a layer failed.
@compute @workgroup_size(1)
fn gate() {
  var all = 1u;
  for (var layer = 0u; layer < sizes.layers; layer += 1u) {
    all = min(all, states[layer].passed);
  }
  gated[0] = all;
  states[0].passes += all;
  states[0].failures += 1u - all;
  for (var k = 0u; k < 3u * sizes.mode; k += 1u) { gated[4u + k] = (1u - all) * grids[k]; }
}

// When all passed: x <- the projection, P̂ or X + P̂, with P̂ in `matrix`.
@compute @workgroup_size(64)
fn pack(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * groups.x + group.x) * THREADS + thread;
  let n = sizes.order;
  if (at >= n * n || gated[0] == 0u) { return; }
  let layer = group.z;
  let block = blocks[layer];
  // The transposed entry is read: neighbouring threads then read and write neighbours.
  let j = at / n;
  let i = at % n;
  if (i < j || i >= block.order) { return; }
  let to = position(block, i, j);
  var value = norms[layer].x * select(ROOT_TWO, 1.0, i == j) * matrix[layer * n * n + at];
  if (states[layer].side < 0.0) { value += x[to]; }
  x[to] = value;
}

// Random numbers in (−½, ½): a linear congruence, hashed (Jarzynski and Olano's PCG).
fn random(i: u32) -> f32 {
  let state = i * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return f32((word >> 22u) ^ word) / 4294967296.0 - 0.5;
}

// basis' last column <- it and random numbers of half its norm: what the basis misses is met there, and grows with every
// filter until it is seen.
@compute @workgroup_size(64)
fn refresh(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
           @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * THREADS + thread;
  let layer = group.z;
  let m = sizes.columns;
  if (i >= blocks[layer].order) { return; }
  let number = random(i + sizes.order * (layer + sizes.layers * states[layer].calls));
  basis[layer * sizes.order * m + (i + 1u) * m - 1u] += sqrt(3.0 / f32(sizes.order)) * number;
}

// Partial sums of ‖Y − Y of the call before‖²_F; image holds that, a padded svec per layer, and takes Y.
@compute @workgroup_size(64)
fn differences(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let layer = group.z;
  let block = blocks[layer];
  let base = layer * (sizes.order * (sizes.order + 1u) / 2u);
  let length = block.order * (block.order + 1u) / 2u;
  let scale = states[layer].side * norms[layer].y;
  var sum = 0.0;
  for (var i = group.x * THREADS + thread; i < length; i += sizes.mode * THREADS) {
    let value = scale * x[block.offset + i];
    let difference = value - image[base + i];
    sum += difference * difference;
    image[base + i] = value;
  }
  let total = tree(thread, vec3f(sum, 0.0, 0.0)).x;
  if (thread == 0u) { small[slotAt(VALUES, layer) + group.x] = total; }
}

@compute @workgroup_size(64)
fn drift(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var i = thread; i < sizes.mode; i += THREADS) { sum += small[slotAt(VALUES, group.z) + i]; }
  let total = tree(thread, vec3f(sum, 0.0, 0.0)).x;
  if (thread == 0u) { states[group.z].drift = sqrt(total); }
}

// The lower end of Â's spectrum by a few Lanczos steps from the last call's Ritz vector. Per layer of `image`: the
// Lanczos vectors 0 … END_STEPS, then α and β.

const END_STEPS = 6u;

fn endAt(layer: u32) -> u32 { return layer * ((END_STEPS + 1u) * sizes.order + 2u * (END_STEPS + 2u)); }

// Vector mode + 1 <- Â · vector mode.
@compute @workgroup_size(64)
fn endProduct(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
              @builtin(local_invocation_index) thread: u32) {
  let j = (group.y * groups.x + group.x) * THREADS + thread;
  let n = sizes.order;
  if (j >= n) { return; }
  let begin = endAt(group.z) + sizes.mode * n;
  var sum = 0.0;
  for (var i = 0u; i < n; i += 1u) { sum += matrix[(group.z * n + i) * n + j] * image[begin + i]; }
  image[begin + n + j] = sum;
}

// α = vᵀw, w <- (w − αv − β·(the vector before))/‖…‖.
@compute @workgroup_size(64)
fn endStep(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = sizes.order;
  let step = sizes.mode;
  let begin = endAt(group.z) + step * n;
  let numbers = endAt(group.z) + (END_STEPS + 1u) * n;
  var dot = 0.0;
  for (var i = thread; i < n; i += THREADS) { dot += image[begin + i] * image[begin + n + i]; }
  let alpha = tree(thread, vec3f(dot, 0.0, 0.0)).x;
  var beta = 0.0;
  if (step > 0u) { beta = image[numbers + END_STEPS + step]; }
  var square = 0.0;
  for (var i = thread; i < n; i += THREADS) {
    var w = image[begin + n + i] - alpha * image[begin + i];
    if (step > 0u) { w -= beta * image[begin - n + i]; }
    image[begin + n + i] = w;
    square += w * w;
  }
  let norm = sqrt(tree(thread, vec3f(square, 0.0, 0.0)).x);
  for (var i = thread; i < n; i += THREADS) { image[begin + n + i] /= max(norm, 1e-30); }
  if (thread == 0u) {
    image[numbers + step] = alpha;
    image[numbers + END_STEPS + 1u + step] = norm;
  }
}

// Smallest eigenvalue θ of the tridiagonal matrix by bisection, its vector z by the recurrence; the Ritz vector replaces
// vector 0. The Ritz pair's residual is β|z_last|.
@compute @workgroup_size(64)
fn endFinish(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = sizes.order;
  let layer = group.z;
  let first = endAt(layer);
  let alphas = first + (END_STEPS + 1u) * n;
  let betas = alphas + END_STEPS + 1u;   // betas + k couples k and k + 1
  var low = image[alphas];
  var high = low;
  for (var k = 0u; k < END_STEPS; k += 1u) {
    var radius = 0.0;
    if (k > 0u) { radius += image[betas + k - 1u]; }
    if (k + 1u < END_STEPS) { radius += image[betas + k]; }
    low = min(low, image[alphas + k] - radius);
    high = min(high, image[alphas + k]);
  }
  for (var round = 0u; round < 40u; round += 1u) {
    let middle = 0.5 * (low + high);
    // A negative pivot of T − middle·I: an eigenvalue below.
    var below = false;
    var pivot = image[alphas] - middle;
    below = pivot < 0.0;
    for (var k = 1u; k < END_STEPS && !below; k += 1u) {
      pivot = image[alphas + k] - middle - image[betas + k - 1u] * image[betas + k - 1u] / max(pivot, 1e-30);
      below = pivot < 0.0;
    }
    if (below) { high = middle; } else { low = middle; }
  }
  let value = 0.5 * (low + high);
  var z: array<f32, 6>;
  var size = 1.0;
  z[0] = 1.0;
  for (var k = 1u; k < END_STEPS; k += 1u) {
    var sum = (value - image[alphas + k - 1u]) * z[k - 1u];
    if (k > 1u) { sum -= image[betas + k - 2u] * z[k - 2u]; }
    z[k] = clamp(sum / max(image[betas + k - 1u], 1e-20), -1e12, 1e12);
    size += z[k] * z[k];
  }
  size = sqrt(size);
  for (var i = thread; i < n; i += THREADS) {
    var sum = 0.0;
    for (var k = 0u; k < END_STEPS; k += 1u) { sum += z[k] * image[first + k * n + i]; }
    image[first + i] = sum;
  }
  storageBarrier();
  workgroupBarrier();
  var square = 0.0;
  for (var i = thread; i < n; i += THREADS) { square += image[first + i] * image[first + i]; }
  let norm = sqrt(tree(thread, vec3f(square, 0.0, 0.0)).x);
  for (var i = thread; i < n; i += THREADS) { image[first + i] /= max(norm, 1e-30); }
  if (thread == 0u) {
    let rest = image[betas + END_STEPS - 1u] * abs(z[END_STEPS - 1u]) / size;
    let unit = 0.5 * states[layer].half;
    states[layer].lower = unit * (value - rest) + states[layer].centre;
  }
}

// trace of the sign of X, the polynomial's last iterate: the numbers of eigenvalues of both signs.
@compute @workgroup_size(64)
fn signTrace(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = sizes.order;
  var sum = 0.0;
  for (var i = thread; i < n; i += THREADS) { sum += matrix[(group.z * n + i) * n + i]; }
  let total = tree(thread, vec3f(sum, 0.0, 0.0)).x;
  if (thread == 0u) { states[group.z].trace = total; }
}
