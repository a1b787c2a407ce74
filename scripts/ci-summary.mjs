// node scripts/ci-summary.mjs REPORT CHECKS [FAILED...]: prints "N passed, N failed[, N skipped]" from vitest's JSON
// report and the checks beside it, and exits with 1 when anything failed or no test ran.
import { readFileSync } from "node:fs";

const [report, checks, ...failedChecks] = process.argv.slice(2);
let tests = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
try {
  tests = JSON.parse(readFileSync(report, "utf8"));
} catch (error) {
  console.error(`No test report: ${error.message}`);
}
// A file that cannot even be loaded has no tests to count: it is one failure.
const brokenFiles = tests.testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0);
// "tests" among the failed checks is already counted test by test.
const otherFailures = failedChecks.filter((name) => name !== "tests").length;
const passed = tests.numPassedTests + Number(checks) - 1 - otherFailures;
let failed = tests.numFailedTests + brokenFiles.length + otherFailures;
if (failedChecks.includes("tests") && failed === otherFailures) failed++;
if (tests.numPassedTests === 0 && failed === 0) failed++;
const skipped = tests.numPendingTests + tests.numTodoTests;

for (const name of failedChecks) console.error(`failed: ${name}`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 ? 1 : 0);
