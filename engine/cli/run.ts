import { loadDrivers } from '../db/open.ts'
import { asError, ConfigurationError } from '../errors.ts'
import type { OpenQueue } from '../etl/queue-door.ts'
import type { RunFlags } from './flags.ts'
import { loadConfig } from '../load-config.ts'
import type { ConfigSource } from '../load-config.ts'
import { exitCodeOf } from './outcome.ts'
import type { Io } from './terminal.ts'
import { version } from '../version.ts'

/** Runs the ETLs of a configuration as a command line asks, with everything handed in. */
export async function runThrough(source: ConfigSource, argv: readonly string[], io: Io, queue: OpenQueue): Promise<number> {
  try {
    // A program that only imports this package needs no reader of flags.
    const { readRunFlags } = await import('./flags.ts')
    return await runAsked(source, readRunFlags(argv), io, queue)
  } catch (error) {
    return refused(asError(error), argv, io)
  }
}

/** What the flags ask for. @throws whatever keeps it from beginning */
export async function runAsked(source: ConfigSource, flags: RunFlags, io: Io, queue: OpenQueue): Promise<number> {
  if (flags.help || flags.version) {
    io.out.write(flags.help ? await helpText(io) : `${version()}\n`)
    return 0
  }
  // All that is heavy is loaded from here on, and at the same time as the configuration.
  const loading = import('./journey.ts')
  loading.catch(() => undefined)
  const config = await loadConfig(source)
  refuseUnanswerable(flags, io)
  const [{ journey }, { loadLogWriter }] = await Promise.all([loading, import('../log.ts'), loadDrivers([config.warehouse, config.source])])
  if (!flags.dryRun && config.logs !== undefined) loadLogWriter()
  return journey(config, flags, io, queue)
}

async function helpText(io: Io): Promise<string> {
  const { runHelp } = await import('./help.ts')
  return runHelp(io.out)
}

/** Dropping and rolling back ask first; where nobody can be asked, the answer must be in the command. */
function refuseUnanswerable({ dropTables, rollback, dryRun, yes }: RunFlags, io: Io): void {
  if (!(dropTables || rollback) || dryRun || yes || io.keyboard !== undefined) return
  throw new ConfigurationError(`${rollback ? '--rollback asks before it puts anything back' : '--drop_tables asks before it drops'}, and nobody can be asked here`, { wayOut: 'add --yes' })
}

/** Nothing was begun: the error alone, on standard error, or as the document that was asked for: a run's, or that of another command. */
export async function refused(error: Error, argv: readonly string[], io: Io, document?: (error: Error) => string): Promise<number> {
  const outcome = { error, seconds: 0 }
  if (argv.includes('--json')) {
    const { documentText } = await import('./document.ts')
    io.out.write(document === undefined ? documentText(outcome) : document(error))
  } else {
    const { errorText } = await import('./say-error.ts')
    io.err.write(errorText(io.err, error, io.env))
  }
  return isConfiguration(error) ? 2 : exitCodeOf(outcome)
}

const isConfiguration = (error: Error): boolean => error.name === 'ConfigurationError'
