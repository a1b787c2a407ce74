// Concave envelopes of neurons g(wᵀx + b) over boxes, with supporting planes: one workgroup for each envelope and
// point. Weights are positive and coordinates in [0, 1]: src/relaxation/concave-envelope.ts says how and why. The planes
// are rough (f32); whoever uses them checks and moves them in f64.

struct Sizes {
  envelopes: u32,
  points: u32,
  dimension: u32,  // numbers in a point
  stride: u32,     // numbers kept for a plane
  groupsX: u32,
}

// Of each envelope: where its coordinates begin, how many, activation, signs (bit 0: outer −, bit 1: inner −).
struct Head { start: u32, count: u32, activation: u32, signs: u32 }
// Base and end of the argument, inflection, and two parameters of the activation.
struct Range { base: f32, end: f32, inflection: f32, first: f32, second: f32, unused0: f32, unused1: f32, unused2: f32 }
// w, and x̂ = (x − shift)·scale with x at `index` of the point.
struct Coordinate { weight: f32, scale: f32, shift: f32, index: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> heads: array<Head>;
@group(0) @binding(2) var<storage, read> ranges: array<Range>;
@group(0) @binding(3) var<storage, read> coordinates: array<Coordinate>;
@group(0) @binding(4) var<storage, read> points: array<f32>;
@group(0) @binding(5) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(6) var<storage, read_write> values: array<vec2f>;  // value, constant

const THREADS = 64u;
const MOST = 1024u;

var<workgroup> keys: array<f32, MOST>;
var<workgroup> order: array<u32, MOST>;
var<workgroup> sumW: array<f32, THREADS>;
var<workgroup> sumWX: array<f32, THREADS>;
var<workgroup> firstLevel: atomic<u32>;
var<workgroup> ending: vec2f;  // steepness and constant of the last level

var<private> head: Head;
var<private> range_: Range;

fn erf_(z: f32) -> f32 {
  // Abramowitz and Stegun 7.1.26, to 1.5e-7.
  let a = abs(z);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(z) * (1.0 - poly * exp(-a * a));
}

fn logistic(z: f32) -> f32 {
  let e = exp(-abs(z));
  return select(e, 1.0, z >= 0.0) / (1.0 + e);
}

fn logisticSlope(z: f32) -> f32 {
  let e = exp(-abs(z));
  return e / ((1.0 + e) * (1.0 + e));
}

fn sigma(z: f32) -> f32 {
  switch (head.activation) {
    case 0u: { return max(z, 0.0); }
    case 1u: { return select(range_.first * z, z, z > 0.0); }
    case 2u: { return max(z, 0.0) + log(1.0 + exp(-abs(z))); }
    case 3u: { return select(range_.first * (exp(min(z, 0.0)) - 1.0), z, z > 0.0); }
    case 4u: { return logistic(z); }
    case 5u: { return 2.0 * logistic(2.0 * z) - 1.0; }
    case 6u: { return atan(z); }
    case 7u: { return z / (1.0 + abs(z)); }
    case 8u: { return erf_(z); }
    case 9u: { return exp(z); }
    case 10u: { return z * logistic(z); }
    case 11u: { return 0.5 * z * (1.0 + erf_(0.70710678 * z)); }
    default: { return clamp(z, range_.first, range_.second); }
  }
}

// σ'; at kinks from the right, or from the left.
fn sigmaSlope(z: f32, left: bool) -> f32 {
  let positive = select(z >= 0.0, z > 0.0, left);
  switch (head.activation) {
    case 0u: { return select(0.0, 1.0, positive); }
    case 1u: { return select(range_.first, 1.0, positive); }
    case 2u: { return logistic(z); }
    case 3u: { return select(range_.first * exp(min(z, 0.0)), 1.0, positive); }
    case 4u: { return logisticSlope(z); }
    case 5u: { return 4.0 * logisticSlope(2.0 * z); }
    case 6u: { return 1.0 / (1.0 + z * z); }
    case 7u: { return 1.0 / ((1.0 + abs(z)) * (1.0 + abs(z))); }
    case 8u: { return 1.12837917 * exp(-z * z); }
    case 9u: { return exp(z); }
    case 10u: { return logistic(z) + z * logisticSlope(z); }
    case 11u: { return 0.5 * (1.0 + erf_(0.70710678 * z)) + 0.39894228 * z * exp(-0.5 * z * z); }
    default: {
      let above = select(z >= range_.first, z > range_.first, left);
      let below = select(z < range_.second, z <= range_.second, left);
      return select(0.0, 1.0, above && below);
    }
  }
}

fn outer() -> f32 { return select(1.0, -1.0, (head.signs & 1u) != 0u); }
fn inner() -> f32 { return select(1.0, -1.0, (head.signs & 2u) != 0u); }
fn g(z: f32) -> f32 { return outer() * sigma(inner() * z); }
fn gSlope(z: f32) -> f32 { return outer() * inner() * sigmaSlope(inner() * z, (head.signs & 2u) != 0u); }
fn gap(t: f32, gt: f32, z: f32) -> f32 { return g(z) - gt - gSlope(z) * (z - t); }

fn tieAtMost(t: f32, gt: f32, z: f32) -> bool {
  if (t >= range_.inflection) { return true; }
  if (z < range_.inflection) { return false; }
  return gap(t, gt, z) >= 0.0;
}

// Bisection with secant steps on the increasing gap.
fn tiePoint(t: f32, gt: f32) -> f32 {
  let c = range_.inflection;
  if (range_.end <= c) { return range_.end; }
  if (t >= c) { return t; }
  var low = c;
  var high = range_.end;
  var atHigh = gap(t, gt, high);
  if (atHigh < 0.0) { return high; }
  var atLow = gap(t, gt, low);
  if (atLow >= 0.0) { return low; }
  for (var k = 0u; k < 40u; k++) {
    var z = 0.5 * (low + high);
    if (k % 3u != 2u) { z = clamp(low - atLow * (high - low) / (atHigh - atLow), low, high); }
    let value = gap(t, gt, z);
    if (value < 0.0) { low = z; atLow = value; } else { high = z; atHigh = value; }
    if (high - low <= 1e-6 * (high - t)) { break; }
  }
  return high;
}

fn weightAt(k: u32) -> f32 { return coordinates[head.start + order[k]].weight; }

@compute @workgroup_size(64)
fn envelope(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = group.y * sizes.groupsX + group.x;
  if (number >= sizes.envelopes * sizes.points) { return; }
  let which = number / sizes.points;
  let point = number % sizes.points;
  head = heads[which];
  range_ = ranges[which];
  let n = heads[which].count;

  // Descending by coordinate: a bitonic sort of the next power of two.
  var padded = 1u;
  while (padded < n) { padded *= 2u; }
  for (var k = thread; k < padded; k += THREADS) {
    var key = -1.0;
    if (k < n) {
      let c = coordinates[head.start + k];
      key = clamp((points[point * sizes.dimension + c.index] - c.shift) * c.scale, 0.0, 1.0);
    }
    keys[k] = key;
    order[k] = k;
  }
  if (thread == 0u) { atomicStore(&firstLevel, n); }
  workgroupBarrier();
  for (var size = 2u; size <= padded; size *= 2u) {
    for (var width = size / 2u; width > 0u; width /= 2u) {
      for (var k = thread; k < padded; k += THREADS) {
        let other = k ^ width;
        if (other > k) {
          let down = (k & size) == 0u;
          if ((keys[k] < keys[other]) == down && keys[k] != keys[other]) {
            let key = keys[k];
            keys[k] = keys[other];
            keys[other] = key;
            let index = order[k];
            order[k] = order[other];
            order[other] = index;
          }
        }
      }
      workgroupBarrier();
    }
  }

  // Every thread has a run of levels; sums over the runs before and after it.
  let run = (n + THREADS - 1u) / THREADS;
  let begin = min(n, thread * run);
  let to = min(n, begin + run);
  var ownW = 0.0;
  var ownWX = 0.0;
  for (var k = begin; k < to; k++) {
    let w = weightAt(k);
    ownW += w;
    ownWX += w * keys[k];
  }
  sumW[thread] = ownW;
  sumWX[thread] = ownWX;
  workgroupBarrier();
  var start = range_.base;
  for (var k = 0u; k < thread; k++) { start += sumW[k]; }
  var rest = 0.0;
  for (var k = THREADS - 1u; k > thread; k--) { rest += sumWX[k]; }
  let restAfter = rest;

  // The first level that is no further face.
  var t = start + ownW;
  for (var k = to; k > begin; k--) {
    let level = k - 1u;
    let w = weightAt(level);
    t = select(t - w, range_.base, level == 0u);
    rest += w * keys[level];
    var last = 1.0;
    if (level > 0u) { last = keys[level - 1u]; }
    let gt = g(t);
    let z = select(t, min(t + rest / last, range_.end), last > 0.0);
    let exit = select(range_.end, min(t + rest / keys[level], range_.end), keys[level] > 0.0);
    if (tieAtMost(t, gt, z) || exit >= range_.end || tieAtMost(t, gt, exit)) { atomicMin(&firstLevel, level); }
  }
  workgroupBarrier();
  let final_ = atomicLoad(&firstLevel);
  if (final_ >= begin && final_ < to) {
    t = start + ownW;
    rest = restAfter;
    for (var k = to; k > final_; k--) {
      let w = weightAt(k - 1u);
      t = select(t - w, range_.base, k == 1u);
      rest += w * keys[k - 1u];
    }
    var last = 1.0;
    if (final_ > 0u) { last = keys[final_ - 1u]; }
    let z = select(t, min(t + rest / last, range_.end), last > 0.0);
    let gt = g(t);
    if (tieAtMost(t, gt, z)) {
      let steepness = gSlope(z);
      ending = vec2f(steepness, g(z) - steepness * (z - t));
    } else {
      let touch = tiePoint(t, gt);
      ending = vec2f((g(touch) - gt) / (touch - t), gt);
    }
  } else if (final_ == n && thread == 0u) {
    ending = vec2f(0.0, g(range_.end));
  }
  workgroupBarrier();

  // The plane, and its value at the point.
  let row = number * sizes.stride;
  var value = 0.0;
  t = start;
  for (var k = begin; k < to; k++) {
    let w = weightAt(k);
    var slope = ending.x * w;
    if (k < final_) {
      let next = t + w;
      slope = select(ending.y, g(next), k + 1u < final_) - g(t);
    }
    t += w;
    slopes[row + order[k]] = slope;
    value += slope * keys[k];
  }
  sumW[thread] = value;
  workgroupBarrier();
  if (thread == 0u) {
    let constant = select(ending.y, g(range_.base), final_ > 0u);
    var sum = constant;
    for (var k = 0u; k < THREADS; k++) { sum += sumW[k]; }
    values[number] = vec2f(outer() * sum, constant);
  }
}
