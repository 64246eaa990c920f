import { readServerUrl } from '../server-url.ts'
import type { ServerUrl } from '../server-url.ts'

/** Where a server is and who asks, as read from a URL. */
export type Address = Omit<ServerUrl, 'parameters'>

const PARAMETERS = ['ssl', 'sslCa', 'sslCert', 'sslKey', 'socketPath']

/**
 * Reads `mysql://user:password@host:port/database?ssl=…&sslCa=…&sslCert=…&sslKey=…&socketPath=…`.
 *
 * `ssl=true` encrypts and verifies the server's certificate and name, `ssl=authority` the certificate alone,
 * `ssl=unverified` only encrypts; `sslCa` is the file of the authority's certificate, `sslCert` and `sslKey` are the
 * files of the client's own.
 *
 * @throws {ConfigurationError} for what can't be read; never with the URL itself, for it holds the password
 */
export function readAddress(url: string): Address {
  return readServerUrl(url, { name: 'MySQL', scheme: 'mysql', port: 3306, parameters: PARAMETERS })
}
