import type { Basis, Highs, Model, ModelData } from "highs";
import { UnsupportedError } from "../errors.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";

/** minimize ½xᵀQx + costᵀx subject to rowLower ≤ Ax ≤ rowUpper, lower ≤ x ≤ upper. Bounds may be infinite. */
export interface LinearProgram {
  /** Length n. */
  readonly cost: Float64Array;
  /** A, m×n. */
  readonly matrix: SparseMatrix;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 where the variable must be whole. */
  readonly integer?: Int32Array | undefined;
  /** Diagonal of Q, length n, ≥ 0. Default 0. Not together with `integer`. */
  readonly quadratic?: Float64Array | undefined;
}

/** lower ≤ Σ values[k]·x[indices[k]] ≤ upper; one side may be infinite. */
export interface LpRow {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly lower: number;
  readonly upper: number;
}

export interface LpLimits {
  /** Seconds; default none. */
  readonly seconds?: number | undefined;
  /** Simplex iterations; default none. */
  readonly iterations?: number | undefined;
}

/** `limit`: a limit was reached; x is then a feasible point, or absent. */
export type LpStatus = "optimal" | "infeasible" | "unbounded" | "limit" | "failed";

export interface LpAnswer {
  readonly status: LpStatus;
  /** costᵀx at x; NaN without a point. */
  readonly objective: number;
  /** Length n; absent without a feasible point. */
  readonly x?: Float64Array;
  /**
   * Length m, reduced costs are cost − Aᵀy; absent for integer programs. For `infeasible`: a Farkas ray where
   * HiGHS found one.
   */
  readonly y?: Float64Array;
  /** Best bound on the optimum that HiGHS reports for an integer program. */
  readonly mipBound?: number;
  readonly iterations: number;
}

/** A simplex basis to start from, as HiGHS numbers its statuses. */
export interface LpBasis {
  readonly columns: Int8Array;
  readonly rows: Int8Array;
}

let runtime: Promise<Highs> | undefined;

/** The module `highs`. */
interface HighsModule {
  readonly default: () => Promise<Highs>;
}

/** @throws UnsupportedError when the optional package `highs` is not installed */
async function loadHighs(): Promise<Highs> {
  runtime ??= started(import("highs"));
  return runtime;
}

/** Takes the package from a URL: a thread has no place of its own to look from. */
export function loadHighsFrom(url: string): void {
  runtime = started(import(/* @vite-ignore */ url) as Promise<HighsModule>);
  // Whoever solves gets the error.
  runtime.catch(() => undefined);
}

function started(module: Promise<HighsModule>): Promise<Highs> {
  return module.then(
    ({ default: create }) => create(),
    (cause: unknown) => {
      runtime = undefined;
      const advice = 'HiGHS is not installed: add it with "npm install highs", or choose another engine';
      throw new UnsupportedError(advice, {}, { cause });
    },
  );
}

/** Whether HiGHS can be loaded here. */
export async function highsAvailable(): Promise<boolean> {
  return loadHighs().then(
    () => true,
    () => false,
  );
}

/**
 * A program that HiGHS (npm `highs`, WebAssembly, one thread) keeps in memory: bounds change, the simplex starts warm
 * from the last basis or from a given one. Solves block the thread. Call {@link dispose} when done.
 */
export class HighsModel {
  private readonly model: Model;
  private readonly n: number;
  private m: number;
  private readonly integer: boolean;

  private constructor(model: Model, n: number, m: number, integer: boolean) {
    this.model = model;
    this.n = n;
    this.m = m;
    this.integer = integer;
  }

  /** @throws UnsupportedError when the optional package `highs` is not installed */
  static async create(program: LinearProgram, options: Readonly<Record<string, boolean | number | string>> = {}) {
    const highs = await loadHighs();
    const { rows, cols } = program.matrix;
    const data = modelData(program);
    const model = highs.createModel(
      program.integer === undefined ? data : { ...data, integrality: program.integer },
    );
    model.options.set({ output_flag: false, ...options });
    return new HighsModel(model, cols, rows, program.integer !== undefined);
  }

  /** New bounds on all variables. */
  setBounds(lower: Float64Array, upper: Float64Array): void {
    this.model.changeColsBounds({ kind: "range", from: 0, to: this.n - 1 }, lower, upper);
  }

  /** New bounds on one variable. */
  setBound(column: number, lower: number, upper: number): void {
    this.model.changeColBounds(column, lower, upper);
  }

  /** New costs of all variables. */
  setCost(cost: Float64Array): void {
    this.model.changeColsCost({ kind: "range", from: 0, to: this.n - 1 }, cost);
  }

  /** Appends rows; a basis kept from before has to be longer by them. */
  addRows(rows: readonly LpRow[]): void {
    if (rows.length === 0) return;
    const starts = new Int32Array(rows.length + 1);
    rows.forEach(({ indices }, k) => (starts[k + 1] = starts[k] + indices.length));
    const indices = new Int32Array(starts[rows.length]);
    const values = new Float64Array(starts[rows.length]);
    rows.forEach((row, k) => {
      indices.set(row.indices, starts[k]);
      values.set(row.values, starts[k]);
    });
    this.model.addRows({
      lower: Float64Array.from(rows, ({ lower }) => lower),
      upper: Float64Array.from(rows, ({ upper }) => upper),
      matrix: { format: "csr", numRows: rows.length, numCols: this.n, starts, indices, values },
    });
    this.m += rows.length;
  }

  /** Removes the rows k without keep[k]; the rest are numbered anew. */
  keepRows(keep: readonly boolean[]): void {
    const dropped = keep.flatMap((kept, k) => (kept ? [] : [k]));
    if (dropped.length === 0) return;
    this.model.deleteRows({ kind: "set", indices: Int32Array.from(dropped) });
    this.m -= dropped.length;
  }

  /** Starts the next solve from a basis; `undefined` forgets everything. */
  setBasis(basis: LpBasis | undefined): void {
    if (basis === undefined) this.model.clearSolver();
    else {
      const { columns, rows } = basis;
      this.model.setBasis({ colStatus: Int32Array.from(columns), rowStatus: Int32Array.from(rows) });
    }
  }

  /** The basis of the last solve, where it left one. */
  basis(): LpBasis | undefined {
    if (this.integer || Number(this.model.info.get("basis_validity")) !== 1) return undefined;
    const { colStatus, rowStatus }: Basis = this.model.getBasis();
    return { columns: Int8Array.from(colStatus), rows: Int8Array.from(rowStatus) };
  }

  solve(limits: LpLimits = {}): LpAnswer {
    const { model } = this;
    model.options.set({
      time_limit: limits.seconds ?? 1e30,
      simplex_iteration_limit: limits.iterations ?? 2147483647,
    });
    model.raw.zeroAllClocks();
    // The raw call: HiGHS reports numerical trouble as an error, which is an answer here and no fault.
    model.raw.run();
    const status = statusOf(model.getModelStatus());
    const iterations = Math.max(0, Number(model.info.get("simplex_iteration_count")));
    const mip = this.integer ? { mipBound: Number(model.info.get("mip_dual_bound")) } : {};
    if (status === "infeasible") {
      const ray = this.integer ? undefined : denseRay(model, this.m);
      return { status, objective: NaN, iterations, ...(ray === undefined ? {} : { y: ray }), ...mip };
    }
    const solution = model.getSolution();
    const feasible = Number(model.info.get("primal_solution_status")) === 2;
    const hasDual = !this.integer && solution.rowDual.length === this.m;
    return {
      status,
      objective: feasible ? model.getObjectiveValue() : NaN,
      iterations,
      ...(feasible || status === "optimal" ? { x: solution.colValue } : {}),
      ...(hasDual ? { y: solution.rowDual } : {}),
      ...mip,
    };
  }

  /** Frees the memory that HiGHS holds. */
  dispose(): void {
    this.model.dispose();
  }
}

/** Solves one program from scratch. @throws UnsupportedError when the optional package `highs` is not installed */
export async function solveWithHighs(
  program: LinearProgram,
  limits: LpLimits = {},
  options: Readonly<Record<string, boolean | number | string>> = {},
): Promise<LpAnswer> {
  const model = await HighsModel.create(program, options);
  try {
    return model.solve(limits);
  } finally {
    model.dispose();
  }
}

function modelData(program: LinearProgram): ModelData {
  const { matrix, cost, lower, upper, rowLower, rowUpper, quadratic } = program;
  const data: ModelData = {
    numCols: matrix.cols,
    numRows: matrix.rows,
    colCost: cost,
    colLower: lower,
    colUpper: upper,
    rowLower,
    rowUpper,
    matrix: {
      format: "csc",
      numRows: matrix.rows,
      numCols: matrix.cols,
      starts: matrix.colPtr,
      indices: matrix.rowIdx,
      values: matrix.values,
    },
  };
  if (quadratic === undefined) return data;
  const starts = Int32Array.from({ length: matrix.cols + 1 }, (_, j) => j);
  const hessian = { dimension: matrix.cols, starts, indices: starts.slice(0, matrix.cols), values: quadratic };
  return { ...data, hessian: { format: "triangular", ...hessian } };
}

function denseRay(model: Model, m: number): Float64Array | undefined {
  const ray = model.raw.getDualRay().value?.values;
  return ray?.length === m ? ray : undefined;
}

/** HiGHS's model statuses, by number. */
function statusOf(code: number): LpStatus {
  switch (code) {
    case 7:
      return "optimal";
    case 8:
      return "infeasible";
    case 9:
    case 10:
      return "unbounded";
    case 11:
    case 12:
    case 13:
    case 14:
    case 16:
    case 17:
      return "limit";
    default:
      return "failed";
  }
}
