import Mocha from 'mocha'
import type { MochaOptions, Runner, Suite } from 'mocha'

/** What of the options mocha hands to a reporter, but does not say so in its types. */
interface ReporterOptions extends MochaOptions { files?: string[] }

/**
 * Mocha's own spec reporter, and at its end one line to count by: `12 passed, 0 failed, 1 skipped`.
 * A test file without a single test is a failure: whatever it was to prove is not proven.
 */
class Counted extends Mocha.reporters.Spec {
  readonly #empty: string[]

  constructor(runner: Runner, options: ReporterOptions) {
    super(runner, options)
    // Now, since mocha forgets the suites when they have run.
    const filled = new Set(filesWithTests(runner.suite))
    this.#empty = (options.files ?? []).filter((file) => !filled.has(file))
  }

  override done(failures: number, finish?: (failures: number) => void): void {
    for (const file of this.#empty) process.stdout.write(`No test was found in ${file}\n`)
    // A hook that fails is a failure without being a test, so mocha's count of failures is the right one.
    const failed = failures + this.#empty.length
    process.stdout.write(`${this.stats.passes} passed, ${failed} failed, ${this.stats.pending} skipped\n`)
    finish?.(failed)
  }
}

function filesWithTests(suite: Suite): string[] {
  return [...suite.tests.flatMap((test) => test.file ?? []), ...suite.suites.flatMap(filesWithTests)]
}

// Mocha looks for a reporter in the default export.
export default Counted
