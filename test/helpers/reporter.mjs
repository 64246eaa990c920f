import Mocha from 'mocha'

/**
 * Mocha's own spec reporter, and at its end one line to count by: `12 passed, 0 failed, 1 skipped`.
 * A test file without a single test is a failure: whatever it was to prove is not proven.
 *
 * Plain JavaScript: mocha loads its reporter by `require`, and only what is imported passes the TypeScript loader.
 * (A loader for both would give every module two lives: one of each kind, with classes that are strangers.)
 */
export default class Counted extends Mocha.reporters.Spec {
  #empty

  constructor(runner, options) {
    super(runner, options)
    // Now, since mocha forgets the suites when they have run.
    const filled = new Set(filesWithTests(runner.suite))
    this.#empty = (options.files ?? []).filter((file) => !filled.has(file))
  }

  done(failures, finish) {
    for (const file of this.#empty) process.stdout.write(`No test was found in ${file}\n`)
    // A hook that fails is a failure without being a test, so mocha's count of failures is the right one.
    const failed = failures + this.#empty.length
    process.stdout.write(`${this.stats.passes} passed, ${failed} failed, ${this.stats.pending} skipped\n`)
    finish?.(failed)
  }
}

function filesWithTests(suite) {
  return [...suite.tests.flatMap((test) => test.file ?? []), ...suite.suites.flatMap(filesWithTests)]
}
