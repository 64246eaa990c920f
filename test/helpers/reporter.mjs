import Mocha from 'mocha'

/**
 * Mocha's own spec reporter, and at its end one line to count by: `12 passed, 0 failed, 1 skipped`.
 * A test file without a single test is a failure: whatever it was to prove is not proven.
 *
 * Plain JavaScript: mocha loads its reporter by `require`, and only what is imported passes the TypeScript loader.
 * (A loader for both would give every module two lives: one of each kind, with classes that are strangers.)
 */
export default class Counted extends Mocha.reporters.Spec {
  /** The files that were heard of; those that run in another process are known by their tests alone. */
  #heard
  #files

  constructor(runner, options) {
    super(runner, options)
    // Now, since mocha forgets the suites when they have run.
    this.#heard = new Set(filesWithTests(runner.suite))
    // Of a choice of tests nobody expects one in each file.
    this.#files = options.grep === undefined ? options.files ?? [] : []
    // A hook that fails comes before the tests that it keeps from running.
    for (const event of ['test end', 'pending', 'fail']) runner.on(event, ({ file, parent }) => this.#heard.add(file ?? parent?.file))
  }

  done(failures, finish) {
    const empty = this.#files.filter((file) => !this.#heard.has(file))
    for (const file of empty) process.stdout.write(`No test was found in ${file}\n`)
    // A hook that fails is a failure without being a test, so mocha's count of failures is the right one.
    const failed = failures + empty.length
    process.stdout.write(`${this.stats.passes} passed, ${failed} failed, ${this.stats.pending} skipped\n`)
    finish?.(failed)
  }
}

function filesWithTests(suite) {
  return [...suite.tests.flatMap((test) => test.file ?? []), ...suite.suites.flatMap(filesWithTests)]
}
