/** A contender's process, which handles one request at a time. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How much of a process's last output is kept. */
const KEPT = 8000;

export class Worker {
  /** @param {import('./list.mjs').Contender} contender */
  constructor({ command: [program, ...args], env }) {
    this.said = '';
    this.child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.on('data', (text) => {
      this.said = (this.said + text).slice(-KEPT);
    });
    // A process that ended takes no more requests; its end is reported.
    this.child.stdin.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('close', (status, signal) => resolve(`ended with ${signal ?? `status ${status}`}`));
    });
  }

  /**
   * Sends a command and waits for its answer. An answer `{ fault: { message, code } }` is thrown as an error
   * with that code.
   *
   * @param {string} command
   * @param {object} details
   * @param {number} seconds after which the process is abandoned
   */
  async ask(command, details = {}, seconds = 120) {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      this.child.kill('SIGKILL');
    }, seconds * 1e3);
    try {
      this.child.stdin.write(`${JSON.stringify({ command, ...details })}\n`);
      // Libraries print, too: an answer is a line that starts with a brace.
      for (;;) {
        const { value, done } = await this.lines.next();
        if (done) break;
        if (value.startsWith('{')) return answerIn(value);
      }
      const end = await this.ended;
      throw new Error(timedOut ? `no answer within ${seconds} s` : `${end}: ${faultIn(this.said)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(timer);
  }
}

function answerIn(line) {
  const { fault, ...answer } = JSON.parse(line);
  if (fault) throw Object.assign(new Error(fault.message), { code: fault.code });
  return answer;
}

/** The line that names the error, in the output of Node or Python; otherwise the last one. */
function faultIn(text) {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? lines.at(-1);
}
