// Steps of the splitting of SOSX nodes (src/sosx/engines/splitting-step.ts) for all nodes of a batch. A matrix part (X, G,
// W) has a row for each sample or parameter and a column for each (node, neuron), rows padded to a multiple of four; R and
// b₂ lie node after node. The dense products between these steps are GEMMs.

struct Sizes {
  samples: u32,
  neurons: u32,
  outputs: u32,
  width: u32,    // parameters of a neuron, the bias last
  nodes: u32,
  columns: u32,  // floats in a row of a matrix part
  points: u32,   // breakpoints
  squared: u32,  // 1: quadratic loss
  groupsX: u32,
  gamma: f32,
  tau: f32,      // weight of R in the metric
  biasWeight: f32,
  relaxation: f32,
  weightLow: f32,
  weightHigh: f32,
  biasLow: f32,
  biasHigh: f32,
  outputLow: f32,
  outputHigh: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;

// ---- X and G: the hulls ----

struct Hull { start: u32, count: u32 }

@group(0) @binding(1) var<storage, read> weights: array<f32>;    // W₂, outputs × neurons
@group(0) @binding(2) var<storage, read> nu: array<f32>;         // of the residual step
@group(0) @binding(3) var<storage, read> hulls: array<Hull>;     // at lo·points + hi
@group(0) @binding(4) var<storage, read> vertices: array<vec2f>; // counter-clockwise, g scaled by γ
@group(0) @binding(5) var<storage, read> pieces: array<u32>;     // hull of every (sample, column)
@group(0) @binding(6) var<storage, read> zX: array<f32>;
@group(0) @binding(7) var<storage, read_write> stateXG: array<f32>;  // s.X, s.G, z.G, v.X, v.G

@compute @workgroup_size(64)
fn hull(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * sizes.groupsX + group.x) * 64u + thread;
  let length = sizes.samples * sizes.columns;
  if (at >= length) { return; }
  let i = at / sizes.columns;
  let column = at % sizes.columns;
  let node = column / sizes.neurons;
  if (node >= sizes.nodes) { return; }
  let neuron = column % sizes.neurons;
  // Parts are padded to whole rows of four.
  let part = (sizes.samples + 3u) / 4u * 4u * sizes.columns;

  let sX = stateXG[at];
  let sG = stateXG[part + at];
  var zG = sG;
  for (var c = 0u; c < sizes.outputs; c++) {
    let multiplier = nu[(node * sizes.outputs + c) * sizes.samples + i];
    zG -= weights[c * sizes.neurons + neuron] / (sizes.gamma * sizes.gamma) * multiplier;
  }
  let wanted = vec2f(2.0 * zX[at] - sX, sizes.gamma * (2.0 * zG - sG));

  // Nearest point of the polygon.
  let shape = hulls[pieces[at]];
  var outside = shape.count == 2u;
  var best = 3e38;
  var nearest = wanted;
  var a = vertices[shape.start + shape.count - 1u];
  for (var k = 0u; k < shape.count; k++) {
    let b = vertices[shape.start + k];
    let edge = b - a;
    let from_ = wanted - a;
    if (shape.count == 2u || edge.x * from_.y - edge.y * from_.x < 0.0) {
      outside = true;
      let t = clamp(dot(from_, edge) / dot(edge, edge), 0.0, 1.0);
      let away = from_ - t * edge;
      let distance = dot(away, away);
      if (distance < best) {
        best = distance;
        nearest = a + t * edge;
      }
    }
    a = b;
  }
  if (!outside) { nearest = wanted; }
  let vX = nearest.x;
  let vG = nearest.y / sizes.gamma;
  stateXG[at] = sX + sizes.relaxation * (vX - zX[at]);
  stateXG[part + at] = sG + sizes.relaxation * (vG - zG);
  stateXG[2u * part + at] = zG;
  stateXG[3u * part + at] = vX;
  stateXG[4u * part + at] = vG;
}

// ---- R and b₂: one workgroup for each node ----

// Inverses C×C: of a sample's coupling, then of the sums'; then the targets, outputs × samples.
@group(0) @binding(8) var<storage, read> constants: array<f32>;
@group(0) @binding(9) var<storage, read> penalties: array<f32>;
@group(0) @binding(10) var<storage, read> before: array<f32>;  // s.X, s.G, …
@group(0) @binding(11) var<storage, read_write> multipliers: array<f32>;
@group(0) @binding(12) var<storage, read_write> stateR: array<f32>;  // s, z, v: R of all nodes, then b₂ of all nodes

const MOST_OUTPUTS = 16u;
const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;
var<workgroup> totals: array<f32, MOST_OUTPUTS>;
var<workgroup> sums: array<f32, MOST_OUTPUTS>;

@compute @workgroup_size(64)
fn residual(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let node = group.y * sizes.groupsX + group.x;
  if (node >= sizes.nodes) { return; }
  let N = sizes.samples;
  let M = sizes.neurons;
  let C = sizes.outputs;
  let partG = (N + 3u) / 4u * 4u * sizes.columns;
  let targets = 2u * C * C;
  let biasAt = sizes.nodes * N * C;
  let state = biasAt + sizes.nodes * C;

  for (var c = 0u; c < C; c++) {
    let row = (node * C + c) * N;
    let bias = stateR[biasAt + node * C + c];
    var sum = 0.0;
    for (var i = thread; i < N; i += THREADS) {
      var defect = bias - constants[targets + c * N + i] - stateR[row + i];
      let g = partG + i * sizes.columns + node * M;
      for (var j = 0u; j < M; j++) { defect += weights[c * M + j] * before[g + j]; }
      multipliers[row + i] = defect;
      sum += defect;
    }
    partial[thread] = sum;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (thread < half) { partial[thread] += partial[thread + half]; }
      workgroupBarrier();
    }
    if (thread == 0u) { totals[c] = partial[0]; }
    workgroupBarrier();
  }
  if (thread < C) {
    var sum = 0.0;
    for (var e = 0u; e < C; e++) { sum += constants[C * C + e * C + thread] * totals[e]; }
    sums[thread] = sum;
    let at = biasAt + node * C + thread;
    let s = stateR[at];
    let z = s - sum / sizes.biasWeight;
    let v = clamp(2.0 * z - s, sizes.outputLow, sizes.outputHigh);
    stateR[at] = s + sizes.relaxation * (v - z);
    stateR[state + at] = z;
    stateR[2u * state + at] = v;
  }
  workgroupBarrier();

  let count = f32(N * C);
  let weight = penalties[node] * sizes.tau;
  let threshold = 1.0 / (count * weight);
  let shrink = weight / (weight + 2.0 / count);
  var solved: array<f32, MOST_OUTPUTS>;
  for (var i = thread; i < N; i += THREADS) {
    for (var c = 0u; c < C; c++) {
      var sum = 0.0;
      for (var e = 0u; e < C; e++) {
        let defect = multipliers[(node * C + e) * N + i] - sums[e] / sizes.biasWeight;
        sum += constants[e * C + c] * defect;
      }
      solved[c] = sum;
    }
    for (var c = 0u; c < C; c++) {
      let at = (node * C + c) * N + i;
      multipliers[at] = solved[c];
      let s = stateR[at];
      let z = s + solved[c] / sizes.tau;
      let r = 2.0 * z - s;
      let soft = sign(r) * max(abs(r) - threshold, 0.0);
      let v = select(soft, shrink * r, sizes.squared == 1u);
      stateR[at] = s + sizes.relaxation * (v - z);
      stateR[state + at] = z;
      stateR[2u * state + at] = v;
    }
  }
}

// ---- W: the boxes ----

@group(0) @binding(13) var<storage, read> zW: array<f32>;
@group(0) @binding(14) var<storage, read_write> stateW: array<f32>;  // s, v

@compute @workgroup_size(64)
fn clampWeights(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let at = (group.y * sizes.groupsX + group.x) * 64u + thread;
  if (at >= sizes.width * sizes.columns) { return; }
  let bias = at / sizes.columns == sizes.width - 1u;
  let low = select(sizes.weightLow, sizes.biasLow, bias);
  let high = select(sizes.weightHigh, sizes.biasHigh, bias);
  let s = stateW[at];
  let z = zW[at];
  let v = clamp(2.0 * z - s, low, high);
  stateW[at] = s + sizes.relaxation * (v - z);
  stateW[(sizes.width + 3u) / 4u * 4u * sizes.columns + at] = v;
}
