/**
 * Starline: declare dimensions and facts in small files, load them safely, from the command line or from a queue.
 * What is exported here is the whole public API.
 */
export { defineConfig } from './define-config.ts'
export type { ConfigSpec } from './define-config.ts'
export { env } from './env.ts'
export { source } from './source/sql.ts'
export type { SourceOptions } from './source/sql.ts'
export { csv } from './source/csv.ts'
export type { Source, SourceContext } from './source/source.ts'
export { create } from './sql/define-create.ts'
export type { Create } from './sql/define-create.ts'
export { scd1 } from './dimension/scd1.ts'
export { scd2 } from './dimension/scd2.ts'
export { date } from './dimension/date.ts'
export type { Dimension } from './dimension/dimension.ts'
export { transaction } from './fact/transaction.ts'
export type { Counts, Etl, EtlType, NeededColumn, PlanStep, Result, Target, TargetColumn } from './etl/etl.ts'
export type { Config, Limits } from './etl/registry.ts'
export { run } from './cli/run.ts'
export type { ConfigSource } from './cli/load-config.ts'
export { processEtlTask, refreshDataWarehouseTask } from './queue/task.ts'
export type { ProcessEtl, RefreshDataWarehouse, RefreshRequest, RefreshResult, Task } from './queue/task.ts'
export type { JobStatus, QueuedJob, ResultOptions } from './queue/job.ts'
export { work } from './queue/work.ts'
export type { WorkConfig } from './queue/work.ts'
export {
  BusyError, ConfigurationError, DatabaseError, DataError, FencedError, StarlineError, StoppedError,
} from './errors.ts'
