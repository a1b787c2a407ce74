// The six-hump camel function has six local minima; two of them are global. Relaxations of growing order find them all
// and prove that nothing lies below.
import { minimizePolynomial, PolynomialRing } from "spectrahedron/moment";

const ring = new PolynomialRing(["x", "y"]);
const result = await minimizePolynomial({
  variables: ring.names,
  objective: ring.parse("4*x^2 - 2.1*x^4 + x^6/3 + x*y - 4*y^2 + 4*y^4"),
});
console.log(`${result.status}: between ${result.certifiedLowerBound.value} (proved) and ${result.upperBound}`);
for (const point of result.minimizers) console.log(`  x = ${point[0].toFixed(6)}, y = ${point[1].toFixed(6)}`);
