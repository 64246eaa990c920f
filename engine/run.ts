import { runThrough } from './cli/run.ts'
import { processIo } from './cli/terminal.ts'
import type { Io } from './cli/terminal.ts'
import type { ConfigSource } from './load-config.ts'
import { openQueue } from './queue/open-door.ts'

/**
 * Runs the ETLs of a configuration as a command line asks: tests the sources, drops, loads, publishes and reports.
 *
 * The configuration is best handed over as an import that has not been made: then `--help` is quick, and a wrong
 * configuration is reported as such. Never throws: what goes wrong is printed.
 *
 * @returns the exit code: 0 all well, 1 an ETL or a check failed, 2 the command line or the configuration is wrong,
 *   3 busy, 130 or 143 stopped by Ctrl-C or SIGTERM
 * @example
 * process.exitCode = await run(() => import('./config.ts'), process.argv.slice(2))
 */
export async function run(config: ConfigSource, argv: readonly string[]): Promise<number> {
  return runWith(config, argv, processIo())
}

/** The same with everything handed in. */
export const runWith = (config: ConfigSource, argv: readonly string[], io: Io): Promise<number> => runThrough(config, argv, io, openQueue)
