/**
 * A reader and interpreter of the ONNX operators that exported networks use, written from the public .proto file and
 * operator definitions, independent of the writer.
 */
interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

interface Tensor {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

function fields(bytes: Uint8Array): Field[] {
  const out: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag % 8;
    const number = Math.floor(tag / 8);
    if (wire === 0) out.push({ number, value: varint() });
    else if (wire === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new Error("field beyond the end");
      out.push({ number, value: bytes.subarray(at, at + length) });
      at += length;
    } else throw new Error(`wire type ${wire}`);
  }
  return out;
}

const all = (list: readonly Field[], number: number): Uint8Array[] =>
  list.filter((f) => f.number === number).map((f) => f.value as Uint8Array);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function tensor(list: readonly Field[]): Tensor {
  const dims = list.filter((f) => f.number === 1).map((f) => f.value as number);
  const type = list.find((f) => f.number === 2)?.value;
  const raw = all(list, 9)[0];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const size = type === 1 ? 4 : type === 3 ? 1 : 8;
  const data = Array.from({ length: raw.length / size }, (_, k) => {
    if (type === 1) return view.getFloat32(4 * k, true);
    return type === 3 ? view.getInt8(k) : Number(view.getBigInt64(8 * k, true));
  });
  const expected = dims.reduce((product, d) => product * d, 1);
  if (data.length !== expected) throw new Error(`${data.length} entries for ${dims.join("×")}`);
  return { dims, data };
}

/** Elementwise operation with broadcasting of matrices and scalars. */
function broadcast(a: Tensor, b: Tensor, f: (x: number, y: number) => number): Tensor {
  const shape = (t: Tensor): [number, number] => [
    t.dims.length === 2 ? t.dims[0] : 1,
    t.dims[t.dims.length - 1] ?? 1,
  ];
  const [ar, ac] = shape(a);
  const [br, bc] = shape(b);
  const rows = Math.max(ar, br);
  const cols = Math.max(ac, bc);
  for (const [x, y] of [
    [ar, br],
    [ac, bc],
  ])
    if (x !== y && x !== 1 && y !== 1) throw new Error("shapes do not fit");
  const data = Array.from({ length: rows * cols }, (_, k) => {
    const i = Math.floor(k / cols);
    const j = k % cols;
    return f(
      a.data[(ar === 1 ? 0 : i) * ac + (ac === 1 ? 0 : j)],
      b.data[(br === 1 ? 0 : i) * bc + (bc === 1 ? 0 : j)],
    );
  });
  return { dims: [rows, cols], data };
}

function matrixProduct(a: Tensor, b: Tensor): Tensor {
  const [n, k] = a.dims;
  const [k2, m] = b.dims;
  if (k !== k2) throw new Error("inner dimensions differ");
  const data = Array.from({ length: n * m }, (_, at) => {
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a.data[Math.floor(at / m) * k + p] * b.data[p * m + (at % m)];
    return sum;
  });
  return { dims: [n, m], data };
}

/** Runs the model on rows of input "x"; returns rows of output "y". */
export function runOnnx(model: Uint8Array, rows: readonly Float64Array[]): number[][] {
  const graph = fields(all(fields(model), 7)[0]);
  const values = new Map<string, Tensor>();
  for (const bytes of all(graph, 5)) {
    const list = fields(bytes);
    values.set(text(all(list, 8)[0]), tensor(list));
  }
  values.set("x", { dims: [rows.length, rows[0].length], data: rows.flatMap((r) => [...r]) });
  for (const bytes of all(graph, 1)) {
    const node = fields(bytes);
    const inputs = all(node, 1).map((name) => {
      const value = values.get(text(name));
      if (value === undefined) throw new Error(`unknown value ${text(name)}`);
      return value;
    });
    values.set(text(all(node, 2)[0]), evaluate(text(all(node, 4)[0]), inputs));
  }
  const y = values.get("y");
  if (y === undefined) throw new Error("no output y");
  const columns = y.dims[1];
  return rows.map((_, i) => y.data.slice(i * columns, (i + 1) * columns));
}

function evaluate(operator: string, inputs: readonly Tensor[]): Tensor {
  const [a, b] = inputs;
  switch (operator) {
    case "Add":
      return broadcast(a, b, (x, y) => x + y);
    case "Sub":
      return broadcast(a, b, (x, y) => x - y);
    case "Mul":
      return broadcast(a, b, (x, y) => x * y);
    case "MatMul":
      return matrixProduct(a, b);
    case "Cast":
    case "Identity":
      return a;
    case "ReduceSum": {
      const [n, m] = a.dims;
      return {
        dims: [n, 1],
        data: Array.from({ length: n }, (_, i) =>
          a.data.slice(i * m, (i + 1) * m).reduce((s, v) => s + v, 0),
        ),
      };
    }
    case "Concat": {
      const [n] = a.dims;
      const data = Array.from({ length: n }, (_, i) =>
        inputs.flatMap((t) => t.data.slice(i * t.dims[1], (i + 1) * t.dims[1])),
      );
      return { dims: [n, inputs.reduce((sum, t) => sum + t.dims[1], 0)], data: data.flat() };
    }
    default:
      throw new Error(`operator ${operator}`);
  }
}
