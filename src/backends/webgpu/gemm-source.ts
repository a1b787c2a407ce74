import { gemm as sharedSource } from "./generated/shaders.ts";
import type { Kernel } from "./kernel.ts";

/**
 * How a product is cut up.
 * - `register`: every thread computes its own tile from global memory: no workgroup memory, no barriers.
 * - `workgroup`: a workgroup stages panels of A and B in its shared memory.
 */
export interface GemmShape {
  readonly strategy: "register" | "workgroup";
  /** Tile of one thread: rows and columns, multiples of 4. */
  readonly rows: number;
  readonly columns: number;
  /** Threads down and across a workgroup. A register tile uses only their product. */
  readonly threadsDown: number;
  readonly threadsAcross: number;
  /** Depth of a shared panel (workgroup strategy). */
  readonly depth: number;
}

/** Products are added up in runs of this many terms, and the runs to one another: the error grows with √ of each. */
export const RUN_LENGTH = 128;

/** Rows and columns of C that one work item covers. */
export function itemTile(shape: GemmShape): { readonly rows: number; readonly columns: number } {
  if (shape.strategy === "register") return { rows: shape.rows, columns: shape.columns };
  return { rows: shape.rows * shape.threadsDown, columns: shape.columns * shape.threadsAcross };
}

/** Short name for logs and caches, e.g. `register-4x8`. */
export function shapeName(shape: GemmShape): string {
  const { strategy, rows, columns, threadsDown, threadsAcross, depth } = shape;
  if (strategy === "register") return `register-${rows}x${columns}`;
  return `workgroup-${rows * threadsDown}x${columns * threadsAcross}x${depth}-${rows}x${columns}`;
}

/** The WGSL of a shape. */
export function gemmKernel(shape: GemmShape): Kernel {
  const tile = itemTile(shape);
  const ratio = `const RATIO = ${tile.columns / tile.rows}u;\n`;
  const body = shape.strategy === "register" ? registerSource(shape) : workgroupSource(shape);
  return { name: `gemm-${shapeName(shape)}`, entry: "gemm", source: ratio + sharedSource + body };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const lanes = ["x", "y", "z", "w"] as const;

/** Declares the accumulators of a thread: row r, column quad c. */
function accumulators(prefix: string, rows: number, quads: number): string {
  return range(rows).map((r) => range(quads).map((c) => `  var ${prefix}${r}_${c} = vec4f(0);`).join("\n")).join("\n");
}

/** The rank-one update of a thread's tile from quads a0…, b0…. */
function update(prefix: string, rows: number, quads: number, indent: string): string {
  return range(rows)
    .flatMap((r) => {
      const a = `a${Math.floor(r / 4)}.${lanes[r % 4]}`;
      return range(quads).map((c) => `${indent}${prefix}${r}_${c} = fma(vec4f(${a}), b${c}, ${prefix}${r}_${c});`);
    })
    .join("\n");
}

function flush(rows: number, quads: number, indent: string): string {
  return range(rows)
    .flatMap((r) => range(quads).map((c) => `${indent}s${r}_${c} += p${r}_${c}; p${r}_${c} = vec4f(0);`))
    .join("\n");
}

/** Hands the 4×4 blocks of a thread's tile to put(). */
function store(rows: number, quads: number, row: (group: number) => string, column: (quad: number) => string): string {
  return range(rows / 4)
    .flatMap((g) =>
      range(quads).map((c) => {
        const parts = range(4).map((r) => `s${4 * g + r}_${c}`).join(", ");
        return `  put(${row(g)}, ${column(c)}, layer, ${parts});`;
      }),
    )
    .join("\n");
}

function registerSource({ rows, columns, threadsDown, threadsAcross }: GemmShape): string {
  const quads = columns / 4;
  const threads = threadsDown * threadsAcross;
  return `
@compute @workgroup_size(${threads})
fn gemm(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let item = (group.y * groups.x + group.x) * ${threads}u + thread;
  if (item >= sizes.tiles) { return; }
  let layer = group.z;
  let tile = tileOf(item);
  let i0 = tile.x * ${rows}u;
  let j0 = tile.y * ${columns}u;
  if (i0 >= sizes.m) { return; }
  var at = layer * sizes.strideA + i0 / 4u;
  var bt = layer * sizes.strideB + j0 / 4u;
${accumulators("s", rows, quads)}
${accumulators("p", rows, quads)}
  for (var k0 = 0u; k0 < sizes.k; k0 += ${RUN_LENGTH}u) {
    let end = min(sizes.k, k0 + ${RUN_LENGTH}u);
    for (var k = k0; k < end; k += 1u) {
${range(rows / 4).map((g) => `      let a${g} = A[at + ${g}u];`).join("\n")}
${range(quads).map((c) => `      let b${c} = B[bt + ${c}u];`).join("\n")}
${update("p", rows, quads, "      ")}
      at += sizes.lda;
      bt += sizes.ldb;
    }
${flush(rows, quads, "    ")}
  }
${store(rows, quads, (g) => `i0 + ${4 * g}u`, (c) => `j0 + ${4 * c}u`)}
}
`;
}

/**
 * Threads own quads of rows and columns that lie a thread row (column) apart, so that neighbouring threads read
 * neighbouring quads of the shared panels.
 */
function workgroupSource({ rows, columns, threadsDown, threadsAcross, depth }: GemmShape): string {
  const quads = columns / 4;
  const threads = threadsDown * threadsAcross;
  const panelRows = (rows * threadsDown) / 4;
  const panelColumns = (columns * threadsAcross) / 4;
  // A thread's share of each panel passes through registers, fetched while the panel before is being multiplied.
  const shares = [
    { panel: "panelA", matrix: "A", width: panelRows, start: "at", ld: "sizes.lda" },
    { panel: "panelB", matrix: "B", width: panelColumns, start: "bt", ld: "sizes.ldb" },
  ].flatMap(({ panel, matrix, width, start, ld }) =>
    range(Math.ceil((depth * width) / threads)).map((step) => {
      const item = `(thread + ${step * threads}u)`;
      const partial = (step + 1) * threads > depth * width;
      return {
        register: `next${matrix}${step}`,
        inside: partial ? `${item} < ${depth * width}u` : "true",
        row: `${item} / ${width}u`,
        source: (row: string) => `${matrix}[${start} + ${row} * ${ld} + ${item} % ${width}u]`,
        target: `${panel}[${item}]`,
      };
    }),
  );
  const fetch = (k: string, indent: string): string =>
    shares
      .map(({ register, row, source }) => {
        const at = `${k} + ${row}`;
        return `${indent}${register} = vec4f(0); if (${at} < sizes.k) { ${register} = ${source(`(${at})`)}; }`;
      })
      .join("\n");
  const stage = shares
    .map(({ register, inside, target }) =>
      inside === "true" ? `    ${target} = ${register};` : `    if (${inside}) { ${target} = ${register}; }`,
    )
    .join("\n");
  return `
var<workgroup> panelA: array<vec4f, ${depth * panelRows}>;
var<workgroup> panelB: array<vec4f, ${depth * panelColumns}>;

@compute @workgroup_size(${threads})
fn gemm(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
        @builtin(local_invocation_index) thread: u32) {
  let item = group.y * groups.x + group.x;
  if (item >= sizes.tiles) { return; }
  let layer = group.z;
  let tile = tileOf(item);
  let i0 = tile.x * ${4 * panelRows}u;
  let j0 = tile.y * ${4 * panelColumns}u;
  if (i0 >= sizes.m) { return; }
  let down = thread / ${threadsAcross}u;
  let across = thread % ${threadsAcross}u;
  let at = layer * sizes.strideA + i0 / 4u;
  let bt = layer * sizes.strideB + j0 / 4u;
${accumulators("s", rows, quads)}
${accumulators("p", rows, quads)}
${shares.map(({ register }) => `  var ${register}: vec4f;`).join("\n")}
${fetch("0u", "  ")}
  for (var k0 = 0u; k0 < sizes.k; k0 += ${depth}u) {
${stage}
    workgroupBarrier();
${fetch(`k0 + ${depth}u`, "    ")}
    for (var k = 0u; k < ${depth}u; k += 1u) {
${range(rows / 4).map((g) => `      let a${g} = panelA[k * ${panelRows}u + down + ${g * threadsDown}u];`).join("\n")}
${range(quads).map((c) => `      let b${c} = panelB[k * ${panelColumns}u + across + ${c * threadsAcross}u];`).join("\n")}
${update("p", rows, quads, "      ")}
    }
    workgroupBarrier();
    if ((k0 + ${depth}u) % ${RUN_LENGTH}u == 0u) {
${flush(rows, quads, "      ")}
    }
  }
${flush(rows, quads, "  ")}
${store(
  rows,
  quads,
  (g) => `i0 + 4u * (down + ${g * threadsDown}u)`,
  (c) => `j0 + 4u * (across + ${c * threadsAcross}u)`,
)}
}
`;
}
