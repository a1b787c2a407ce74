// Moves a matrix part between the host's order (node after node, column-major) and the device's (row after row, all
// columns of all nodes): a transposition.

struct Shape {
  rows: u32,
  columns: u32,     // used ones
  stride: u32,      // floats in a row on the device
  deviceAt: u32,    // where the part begins in the device's buffer
  hostAt: u32,
  toHost: u32,      // 1: device to host
  groupsX: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn transpose(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let item = (group.y * shape.groupsX + group.x) * 64u + thread;
  if (item >= shape.rows * shape.columns) { return; }
  let row = item / shape.columns;
  let column = item % shape.columns;
  let device = shape.deviceAt + row * shape.stride + column;
  let host = shape.hostAt + column * shape.rows + row;
  if (shape.toHost == 1u) { result[host] = source[device]; } else { result[device] = source[host]; }
}
