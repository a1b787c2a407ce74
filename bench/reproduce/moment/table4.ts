import { runRecoveryTable } from "./lib/recovery-table.ts";
import type { RecoveryTable } from "./lib/recovery-table.ts";

const table: RecoveryTable = {
  name: "table4",
  degrees: [2, 1, 1],
  rows: [
    { samples: 50, width: 20, absErr: 0.0012, relErr: 0.0295, seconds: 2.8547 },
    { samples: 100, width: 25, absErr: 0.0055, relErr: 0.1252, seconds: 3.4459 },
    { samples: 150, width: 30, absErr: 0.003, relErr: 0.054, seconds: 3.8279 },
    { samples: 200, width: 35, absErr: 0.0009, relErr: 0.0143, seconds: 4.0465 },
    { samples: 250, width: 40, absErr: 0.0007, relErr: 0.0122, seconds: 4.3156 },
  ],
};

/** Table 4: three hidden layers, quadratic and linear. */
export function run(args: readonly string[]): Promise<void> {
  return runRecoveryTable(table, args);
}
