/** What the operators of ONNX that work element by element compute, of single numbers in double. */

import { erfc } from '../../numbers/erf.js';
import type { GraphNode } from './graph-index.js';

type Floats = (name: string, fallback: number) => number;
type Elementwise = (inputs: readonly number[], attribute: Floats) => number;

const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** The defaults of the attributes are those of the standard. */
const OPERATORS = new Map<string, Elementwise>([
  ['Identity', ([x]) => x],
  ['Neg', ([x]) => -x],
  ['Abs', ([x]) => Math.abs(x)],
  ['Sqrt', ([x]) => Math.sqrt(x)],
  ['Exp', ([x]) => Math.exp(x)],
  ['Log', ([x]) => Math.log(x)],
  ['Reciprocal', ([x]) => 1 / x],
  ['Erf', ([x]) => 1 - erfc(x)],
  ['Relu', ([x]) => Math.max(x, 0)],
  ['Sigmoid', ([x]) => sigmoid(x)],
  ['Tanh', ([x]) => Math.tanh(x)],
  ['Softplus', ([x]) => softplus(x)],
  ['Softsign', ([x]) => x / (1 + Math.abs(x))],
  ['Mish', ([x]) => x * Math.tanh(softplus(x))],
  ['LeakyRelu', ([x], attribute) => (x < 0 ? attribute('alpha', 0.01) * x : x)],
  ['PRelu', ([x, slope]) => (x < 0 ? slope * x : x)],
  ['Elu', ([x], attribute) => (x < 0 ? attribute('alpha', 1) * Math.expm1(x) : x)],
  [
    'Selu',
    ([x], attribute) =>
      attribute('gamma', 1.0507010221481323) *
      (x > 0 ? x : attribute('alpha', 1.6732631921768188) * Math.expm1(x)),
  ],
  ['Swish', ([x], attribute) => x * sigmoid(attribute('alpha', 1) * x)],
  ['Clip', ([x, least = -Infinity, most = Infinity]) => Math.min(Math.max(x, least), most)],
  ['Add', ([x, y]) => x + y],
  ['Sub', ([x, y]) => x - y],
  ['Mul', ([x, y]) => x * y],
  ['Div', ([x, y]) => x / y],
  ['Pow', ([x, y]) => x ** y],
  ['Max', (inputs) => Math.max(...inputs)],
  ['Min', (inputs) => Math.min(...inputs)],
]);

/** The function of a node; undefined if it does not work element by element, or in a way unknown here. */
export function elementwise({
  op,
  attributes,
}: GraphNode): ((inputs: readonly number[]) => number) | undefined {
  const attribute: Floats = (name, fallback) => attributes.get(name)?.float ?? fallback;
  if (op === 'Gelu') {
    const approximation = attributes.get('approximate')?.text;
    if (approximation !== undefined && new TextDecoder().decode(approximation) !== 'none') return undefined;
    return ([x]) => (x * erfc(-x * Math.SQRT1_2)) / 2;
  }
  // Before opset 11, limits were attributes.
  if (op === 'Clip' && (attributes.has('min') || attributes.has('max'))) return undefined;
  const operator = OPERATORS.get(op);
  return operator && ((inputs) => operator(inputs, attribute));
}
