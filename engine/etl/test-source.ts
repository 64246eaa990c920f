import type { Config } from './registry.ts'

/**
 * Runs the source of one active dimension or fact read-only, and holds its columns, types and first rows against its table.
 *
 * It is the test that every run begins with: nothing is changed, and no table has to be there yet.
 *
 * @returns how many rows were read: 100 at most
 * @throws {ConfigurationError} where no active dimension or fact has this name, or a database is not as the configuration says
 * @throws {DataError} where a column lacks or a value does not fit
 * @throws {DatabaseError} where a database refuses, stalls or goes away
 * @example
 * await testSource(config, 'school')   // 100
 */
export async function testSource(config: Config, name: string): Promise<number> {
  // A program that only imports this package needs none of it.
  const { trySource } = await import('./try-source.ts')
  return trySource(config, name)
}
