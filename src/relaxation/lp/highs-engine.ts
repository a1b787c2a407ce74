import { HighsModel } from "../../lp/highs.ts";
import { sparseFromTriplets } from "../../problem/sparse-matrix.ts";
import type { LpColumns, LpEngine, LpRow, LpSession, LpSolution } from "./linear-program.ts";

/** HiGHS's simplex: exact to its tolerances, warm after every change. The default engine. */
export const highsEngine: LpEngine = {
  name: "highs",
  async open({ lower, upper }, rows) {
    const n = lower.length;
    const none = new Float64Array(0);
    const matrix = sparseFromTriplets(0, n, [], [], []);
    const program = { cost: new Float64Array(n), matrix, rowLower: none, rowUpper: none, lower, upper };
    const model = await HighsModel.create(program, { small_matrix_value: 1e-12 });
    model.addRows(rows);
    return new HighsSession(model, { lower, upper }, rows.length);
  },
};

class HighsSession implements LpSession {
  private readonly model: HighsModel;
  private readonly columns: LpColumns;
  private rowCount: number;

  constructor(model: HighsModel, columns: LpColumns, rowCount: number) {
    this.model = model;
    this.columns = columns;
    this.rowCount = rowCount;
  }

  setCost(cost: Float64Array): void {
    this.model.setCost(cost);
  }

  addRows(rows: readonly LpRow[]): void {
    this.model.addRows(rows);
    this.rowCount += rows.length;
  }

  keepRows(keep: readonly boolean[]): void {
    this.model.keepRows(keep);
    this.rowCount = keep.filter(Boolean).length;
  }

  solve(): Promise<LpSolution> {
    let answer = this.model.solve();
    if (answer.status !== "optimal" && answer.status !== "infeasible") {
      // Once more from a cold start.
      this.model.setBasis(undefined);
      answer = this.model.solve();
    }
    const { status, x = this.columns.lower.slice(), y = new Float64Array(this.rowCount) } = answer;
    return Promise.resolve({ status: status === "optimal" || status === "infeasible" ? status : "failed", x, rowDual: y });
  }

  close(): void {
    this.model.dispose();
  }
}
