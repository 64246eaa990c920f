import type { Case } from '../case.ts'
import { dimensions } from './dimensions.ts'
import { csvToDuckdb, csvToMysql, mysqlToDuckdb, parquetToDuckdb } from './files.ts'
import { growth, growthEtls } from './growth.ts'
import { fact, factFunction, factLookups, factMembers, factWork } from './mysql-facts.ts'
import { queue, queueWork } from './queue.ts'
import { startUp } from './start.ts'
import { mysqlToPostgres, postgresToPostgres } from './to-postgres.ts'

/** In the order in which they are measured. */
export const cases: readonly Case[] = [
  fact, factLookups, factMembers, factFunction, factWork, mysqlToPostgres, postgresToPostgres, mysqlToDuckdb, csvToDuckdb, parquetToDuckdb, csvToMysql,
  ...dimensions, queue, queueWork, startUp, growth, growthEtls,
]
