import { runRecoveryTable } from "./lib/recovery-table.ts";
import type { RecoveryTable } from "./lib/recovery-table.ts";

const table: RecoveryTable = {
  name: "table2",
  degrees: [2, 3],
  rows: [
    { samples: 50, width: 20, absErr: 0.0065, relErr: 0.1332, seconds: 17.2626 },
    { samples: 100, width: 25, absErr: 0.0061, relErr: 0.1203, seconds: 20.7595 },
    { samples: 150, width: 30, absErr: 0.002, relErr: 0.0381, seconds: 22.892 },
    { samples: 200, width: 35, absErr: 0.0012, relErr: 0.0197, seconds: 24.5851 },
    { samples: 250, width: 40, absErr: 0.0012, relErr: 0.0182, seconds: 26.378 },
  ],
};

/** Table 2: two hidden layers, quadratic and cubic. */
export function run(args: readonly string[]): Promise<void> {
  return runRecoveryTable(table, args);
}
