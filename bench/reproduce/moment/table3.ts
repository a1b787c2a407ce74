import { runRecoveryTable } from "./lib/recovery-table.ts";
import type { RecoveryTable } from "./lib/recovery-table.ts";

const table: RecoveryTable = {
  name: "table3",
  degrees: [1, 1, 1],
  rows: [
    { samples: 50, width: 20, absErr: 0.0016, relErr: 0.0368, seconds: 0.997 },
    { samples: 100, width: 25, absErr: 0.0012, relErr: 0.0254, seconds: 0.9767 },
    { samples: 150, width: 30, absErr: 0.0006, relErr: 0.0114, seconds: 1.1439 },
    { samples: 200, width: 35, absErr: 0.0011, relErr: 0.0172, seconds: 1.2455 },
    { samples: 250, width: 40, absErr: 0.0009, relErr: 0.0151, seconds: 1.3911 },
  ],
};

/** Table 3: three hidden layers of linear activations. */
export function run(args: readonly string[]): Promise<void> {
  return runRecoveryTable(table, args);
}
