import { runRecoveryTable } from "./lib/recovery-table.ts";
import type { RecoveryTable } from "./lib/recovery-table.ts";

const table: RecoveryTable = {
  name: "table1",
  degrees: [2, 2],
  rows: [
    { samples: 50, width: 20, absErr: 0.0019, relErr: 0.0452, seconds: 5.3287 },
    { samples: 100, width: 25, absErr: 0.0013, relErr: 0.0295, seconds: 5.9034 },
    { samples: 150, width: 30, absErr: 0.0014, relErr: 0.0265, seconds: 7.0377 },
    { samples: 200, width: 35, absErr: 0.0018, relErr: 0.0323, seconds: 6.3813 },
    { samples: 250, width: 40, absErr: 0.0012, relErr: 0.0201, seconds: 7.947 },
  ],
};

/** Table 1: two hidden layers of quadratic activations. */
export function run(args: readonly string[]): Promise<void> {
  return runRecoveryTable(table, args);
}
