import type { Cone } from "../problem/cones.ts";
import { svecIndex, svecLength } from "../problem/svec.ts";
import { EntryList } from "./entry-list.ts";
import type { DuplicateRule } from "./entry-list.ts";
import type { LineScanner } from "./line-scanner.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { problemName, sizeLimit } from "./read-options.ts";
import type { ReadOptions } from "./read-options.ts";

/** First word of the comment that carries what SDPA's format has no place for; see {@link readSdpa}. */
export const OBJECTIVE_COMMENT = "*spectrahedron-objective";

/**
 * SDPA sparse format: (P) min cᵀx, X = Σ F_i x_i − F_0 ⪰ 0 (Fujisawa, Kojima, Nakata, Yamashita, SDPA User's
 * Manual). Column i of A is −svec(F_i), b is −svec(F_0); rows come in the order of the file's blocks,
 * diagonal blocks (negative size) and 1×1 blocks as nonnegative rows.
 *
 * One entry per line. An entry may be given at (i, j) or at (j, i); given at both it must agree and counts
 * once. The same position twice is refused (SDPA and CSDP would add the two up, which hides a damaged file).
 * Lines beginning with `"` or `*` are comments wherever they stand; text after the numbers of the first three
 * lines and of the cost vector is ignored; `{},()` are blanks. A comment `*spectrahedron-objective sign
 * offset`, as the writer makes it, states how the source reports the objective.
 *
 * Throws FormatError with line and column.
 */
export async function readSdpa(scanner: LineScanner, options: ReadOptions): Promise<SourcedProblem> {
  const limit = sizeLimit(options);
  const reader = new SdpaText(scanner);
  const m = await reader.count("the number of variables m", limit);
  const blocks = await reader.count("the number of blocks", limit);
  const { sizes, rowStart } = await readBlocks(reader, blocks, limit);
  const c = await readCosts(reader, m);
  const entries = await readEntries(reader, m, sizes, rowStart);

  const rows = rowStart[blocks];
  const joint = entries.compress(rows, m + 1, duplicateRule(scanner, sizes, rowStart));
  const { colPtr, rowIdx, values } = joint;
  for (let k = 0; k < values.length; k++) values[k] = -values[k];
  const split = colPtr[1];
  const b = new Float64Array(rows);
  for (let k = 0; k < split; k++) b[rowIdx[k]] = values[k];
  const matrix = {
    rows,
    cols: m,
    colPtr: colPtr.subarray(1).map((p) => p - split),
    rowIdx: rowIdx.slice(split),
    values: values.slice(split),
  };
  return {
    name: problemName(options.name),
    c,
    A: { kind: "sparse", rows, cols: m, matrix },
    b,
    cones: blockCones(sizes),
    ...(reader.objective === undefined ? {} : { objective: reader.objective }),
    source: {
      format: "sdpa",
      file: options.name,
      blockSizes: sizes,
      blockRows: rowStart.slice(0, blocks),
      constantEntries: split,
      matrixEntries: matrix.values.length,
    },
  };
}

/** The lines that carry data: comments and lines of separators only are passed over. */
class SdpaText {
  readonly scanner: LineScanner;
  objective: { sign: 1 | -1; offset: number } | undefined;

  constructor(scanner: LineScanner) {
    this.scanner = scanner;
  }

  async advance(): Promise<boolean> {
    const { scanner } = this;
    while (scanner.nextLine() || (await scanner.loadLine())) {
      if (scanner.skip()) continue;
      const first = scanner.peek();
      if (first === 34) continue;
      if (first === 42) {
        this.comment();
        continue;
      }
      return true;
    }
    return false;
  }

  /** A header line that holds one count. */
  async count(what: string, limit: number): Promise<number> {
    if (!(await this.advance())) this.scanner.failEnd(what);
    const value = this.scanner.integer(what, 0, limit);
    this.endOfHeader(what);
    return value;
  }

  /** After the numbers of a header line text may follow, but no further number. */
  endOfHeader(what: string): void {
    const { scanner } = this;
    if (scanner.skip()) return;
    const byte = scanner.peek();
    if ((byte >= 48 && byte <= 57) || byte === 43 || byte === 45 || byte === 46) {
      scanner.fail(`there are more numbers on this line than ${what} needs`);
    }
  }

  private comment(): void {
    const { scanner } = this;
    const begin = scanner.pos;
    if (scanner.word() !== OBJECTIVE_COMMENT) return;
    const sign = scanner.integer("the sign of the objective", -1, 1);
    if (sign === 0) scanner.fail("the sign of the objective must be 1 or -1", begin);
    this.objective = { sign: sign < 0 ? -1 : 1, offset: scanner.number("the offset of the objective") };
  }
}

async function readBlocks(
  reader: SdpaText,
  blocks: number,
  limit: number,
): Promise<{ sizes: Int32Array<ArrayBuffer>; rowStart: Int32Array }> {
  const { scanner } = reader;
  const sizes: number[] = [];
  let rows = 0;
  while (sizes.length < blocks) {
    const what = `the block sizes (${sizes.length} of ${blocks} read)`;
    if (!(await reader.advance())) scanner.failEnd(what);
    while (sizes.length < blocks && !scanner.skip()) {
      const at = scanner.pos;
      const size = scanner.integer(`the size of block ${sizes.length + 1} of ${blocks}`, -limit, limit);
      if (size === 0) scanner.fail(`the size of block ${sizes.length + 1} is 0; leave the block out`, at);
      rows += size < 0 ? -size : svecLength(size);
      if (rows > limit) {
        scanner.fail(
          `block ${sizes.length + 1} brings the rows to ${rows}, over the limit maxSize = ${limit}`,
          at,
        );
      }
      sizes.push(size);
    }
  }
  if (blocks > 0) reader.endOfHeader(`the list of ${blocks} block sizes`);
  const rowStart = new Int32Array(blocks + 1);
  sizes.forEach((size, k) => (rowStart[k + 1] = rowStart[k] + (size < 0 ? -size : svecLength(size))));
  return { sizes: Int32Array.from(sizes), rowStart };
}

async function readCosts(reader: SdpaText, m: number): Promise<Float64Array> {
  const { scanner } = reader;
  let c = new Float64Array(Math.min(m, 1024));
  let count = 0;
  while (count < m) {
    if (!(await reader.advance())) scanner.failEnd(`the cost vector c (${count} of ${m} numbers read)`);
    while (count < m && !scanner.skip()) {
      if (count === c.length) {
        const larger = new Float64Array(Math.min(m, 2 * count));
        larger.set(c);
        c = larger;
      }
      c[count] = scanner.number(`entry ${count + 1} of ${m} of the cost vector c`);
      count++;
    }
  }
  if (m > 0) reader.endOfHeader(`the cost vector c of length m = ${m}`);
  return c;
}

/**
 * Entries with value as in the file; origin is the line, negative where the entry lies below the diagonal.
 */
async function readEntries(
  reader: SdpaText,
  m: number,
  sizes: Int32Array,
  rowStart: Int32Array,
): Promise<EntryList> {
  const { scanner } = reader;
  const entries = new EntryList();
  while (await reader.advance()) {
    // The inner loop stays free of promises as long as the buffer holds complete lines.
    do {
      if (scanner.skip()) continue;
      const first = scanner.peek();
      if (first === 34 || first === 42) continue;
      const matrix = scanner.integer("the matrix number", 0, m);
      const block = scanner.integer("the block number", 1, sizes.length) - 1;
      const size = sizes[block];
      const order = size < 0 ? -size : size;
      const i = scanner.integer("the row index", 1, order) - 1;
      const at = scanner.pos;
      const j = scanner.integer("the column index", 1, order) - 1;
      const value = scanner.number("the value of the entry");
      scanner.expectLineEnd("the five numbers of an entry (matrix, block, row, column, value)");
      if (value === 0) continue;
      if (size < 0) {
        if (i !== j)
          scanner.fail(`block ${block + 1} is diagonal, but entry (${i + 1}, ${j + 1}) is not`, at + 1);
        entries.push(rowStart[block] + i, matrix, value, scanner.line);
      } else {
        const row = rowStart[block] + svecIndex(size, i, j);
        const scaled = i === j ? value : value * Math.SQRT2;
        if (!Number.isFinite(scaled))
          scanner.fail("the value of the entry times √2 is beyond the range of a double");
        entries.push(row, matrix, scaled, i <= j ? scanner.line : -scanner.line);
      }
    } while (scanner.nextLine());
  }
  return entries;
}

function duplicateRule(scanner: LineScanner, sizes: Int32Array, rowStart: Int32Array): DuplicateRule {
  return (row, matrix, first, second) => {
    let block = 0;
    while (rowStart[block + 1] <= row) block++;
    const lines = `lines ${Math.abs(first.origin)} and ${Math.abs(second.origin)}`;
    const place = `matrix ${matrix}, block ${block + 1} (size ${sizes[block]})`;
    scanner.line = Math.abs(second.origin);
    scanner.start = scanner.pos = 0;
    if (Math.sign(first.origin) === Math.sign(second.origin)) {
      scanner.fail(`${lines} give the same entry of ${place}; remove one or add them up`);
    }
    if (first.value !== second.value) {
      scanner.fail(
        `${lines} give the two sides of the diagonal of ${place} different values; it must be symmetric`,
      );
    }
  };
}

/** Cones in block order; runs of diagonal and 1×1 blocks are one nonnegative cone. */
function blockCones(sizes: Int32Array): Cone[] {
  const cones: Cone[] = [];
  let diagonal = 0;
  const flush = (): void => {
    if (diagonal > 0) cones.push({ kind: "nonnegative", dim: diagonal });
    diagonal = 0;
  };
  for (const size of sizes) {
    if (size < 0 || size === 1) diagonal += Math.abs(size);
    else {
      flush();
      cones.push({ kind: "psd", order: size });
    }
  }
  flush();
  return cones;
}
