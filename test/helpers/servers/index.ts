/**
 * Real servers for tests. One MariaDB, one PostgreSQL and one Redis are shared by a whole mocha process, started on first use:
 *
 *     const database = await freshDatabase()          // an empty database of your own: database.url, as the user whom docs/guide/grants.md calls a loader
 *     const queue = await freshRedis()                // an empty Redis database of your own: queue.url
 *     const server = await startOwn('mariadb')        // a server to kill or configure
 */

export { atTheEnd, mariadb, postgres, redis, startOwn } from './shared.ts'
export { asAdmin, freshDatabase, freshUser } from './fresh-database.ts'
export type { FreshDatabase } from './fresh-database.ts'
export { freshPostgres, inSchema, SCHEMA } from './fresh-postgres.ts'
export { freshRedis } from './fresh-redis.ts'
