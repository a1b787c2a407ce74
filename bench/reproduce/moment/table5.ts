import { runRecoveryTable } from "./lib/recovery-table.ts";
import type { RecoveryTable } from "./lib/recovery-table.ts";

const table: RecoveryTable = {
  name: "table5",
  degrees: [3, 2],
  rows: [
    { samples: 50, width: 20, mse: 0.009, rmse: 0.083 },
    { samples: 100, width: 25, mse: 0.0026, rmse: 0.0511 },
    { samples: 150, width: 30, mse: 0.0046, rmse: 0.0669 },
    { samples: 200, width: 35, mse: 0.0078, rmse: 0.0808 },
    { samples: 250, width: 40, mse: 0.0133, rmse: 0.1002 },
  ],
};

/** Table 5: errors on a test set, two hidden layers, cubic and quadratic. */
export function run(args: readonly string[]): Promise<void> {
  return runRecoveryTable(table, args);
}
