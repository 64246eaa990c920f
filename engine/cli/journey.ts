import { databasesOf } from '../etl/context.ts'
import type { OpenQueue } from '../etl/queue-door.ts'
import { pick } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { asError, ConfigurationError, messageOf } from '../errors.ts'
import { openLog, silent } from '../log.ts'
import type { Log } from '../log.ts'
import type { Work } from './before.ts'
import { documentText } from './document.ts'
import { enqueue } from './enqueue.ts'
import { askedText } from './asked-text.ts'
import { changes } from './flags.ts'
import type { RunFlags } from './flags.ts'
import { exitCodeOf } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { showPlan } from './dry-run.ts'
import { showProgress } from './progress.ts'
import { refreshAll } from './refresh-all.ts'
import { reportText } from './report.ts'
import { planRollBack, rollBack } from './roll-back.ts'
import { errorText } from './say-error.ts'
import type { Draft, Scene } from './scene.ts'
import { listenForStop } from './stop.ts'
import type { Io } from './terminal.ts'
import { testAlone } from './test-sources.ts'

/** Does what the flags ask for, reports it, and gives the exit code. */
export async function journey(config: Config, flags: RunFlags, io: Io, queue: OpenQueue): Promise<number> {
  const begun = performance.now()
  const work = workOf(config, flags)
  // A plan touches nothing, logs included.
  const log = flags.dryRun ? silent : openLogOf(config, io)
  const progress = showProgress(io.err, flags.quiet)
  const stop = listenForStop((text) => (flags.quiet ? io.err.write(`${text}\n`) : progress.say(text)))
  const databases = databasesOf(config)
  const outcome: Draft = { seconds: 0 }
  const scene: Scene = { config, flags, io, work, databases, log, progress, stop, outcome, queue }
  try {
    await stepsOf(flags)(scene)
  } catch (error) {
    outcome.error = asError(error)
    log.error(messageOf(error), { event: 'ended', refresh: outcome.refresh })
  } finally {
    await databases.close()
    progress.close()
    await log.close()
    stop.release()
  }
  outcome.seconds = (performance.now() - begun) / 1000
  show(outcome, scene)
  return stop.code() ?? exitCodeOf(outcome)
}

/** Results go to standard output; where there are none, the error alone goes to standard error. */
function show(outcome: Outcome, { config, flags, io }: Scene): void {
  const { asked, dropped, error, planText, report, rolledBack, sources } = outcome
  if (flags.json) io.out.write(documentText(outcome))
  else if (error !== undefined && report === undefined && sources === undefined && dropped === undefined && rolledBack === undefined) io.err.write(errorText(io.err, error, io.env))
  else if (asked !== undefined) io.out.write(askedText(outcome, asked))
  else io.out.write(planText ?? reportText(outcome, config, io))
}

function stepsOf(flags: RunFlags): (scene: Scene) => Promise<void> {
  if (flags.rollback) return flags.dryRun ? planRollBack : rollBack
  if (flags.dryRun) return showPlan
  if (flags.enqueue) return enqueue
  return changes(flags) ? refreshAll : testAlone
}

function openLogOf({ logs }: Config, io: Io): Log {
  return openLog(logs, 'run', (error) => io.err.write(`A log file can't be written, and the run goes on without it: ${messageOf(error)}\n`))
}

/** The ETLs that were picked, and what is to happen to them. A plan without a step shows all of them. */
function workOf(config: Config, flags: RunFlags): Work {
  if (flags.rollback) return { picked: [], drop: [], run: [] }
  const picked = pick(config, flags.select, flags.exclude)
  const dimensions = picked.filter(({ type }) => type === 'dimension')
  const facts = picked.filter(({ type }) => type === 'fact')
  const everything = flags.dryRun && !changes(flags)
  const work: Work = {
    picked,
    drop: flags.dropTables ? [...facts, ...dimensions] : [],
    run: [...flags.runDimensions || everything ? dimensions : [], ...flags.runFacts || everything ? facts : []],
  }
  if (picked.length === 0 || (work.run.length === 0 && (flags.runDimensions || flags.runFacts))) {
    throw new ConfigurationError('there is nothing to run', { why: 'no active dimension or fact is left of what was picked', wayOut: 'look at --select and --exclude, and at what the configuration lists' })
  }
  return work
}
