/** Tables as teams have them, on every kind of source: every type, names in need of quotes, keys of every shape. */

/** What every database with SQL has alike: customers who ask each other in, orders under a reserved word, lines that are told apart by two columns. */
const star = (text: string): readonly string[] => [
  `CREATE TABLE customer (id INT PRIMARY KEY, name ${text} NOT NULL, invited_by INT)`,
  "INSERT INTO customer VALUES (1, 'Ann', NULL), (2, 'Bo', 1), (3, 'Cy', 1)",
  `CREATE TABLE country (code CHAR(2) PRIMARY KEY, name ${text})`,
  "INSERT INTO country VALUES ('DK', 'Denmark'), ('de', 'Germany')",
]

const orders = (quote: (name: string) => string): readonly string[] => [
  `CREATE TABLE ${quote('order')} (id INT PRIMARY KEY, buyer_id INT NOT NULL, seller_id INT, country_code CHAR(2), total DECIMAL(10,2) NOT NULL,
    FOREIGN KEY (buyer_id) REFERENCES customer (id), FOREIGN KEY (seller_id) REFERENCES customer (id), FOREIGN KEY (country_code) REFERENCES country (code))`,
  `INSERT INTO ${quote('order')} VALUES (10, 1, 2, 'DK', 12.50), (11, 2, NULL, 'de', 3.00), (12, 3, 1, NULL, 0.25)`,
  `CREATE TABLE order_line (order_id INT NOT NULL, line INT NOT NULL, ${quote('Unit Price')} DECIMAL(8,2), ${quote('key')} INT, PRIMARY KEY (order_id, line),
    FOREIGN KEY (order_id) REFERENCES ${quote('order')} (id))`,
  'INSERT INTO order_line VALUES (10, 1, 6.25, 7), (10, 2, 6.25, NULL), (11, 1, 3.00, 8)',
]

export const mariadbTables: readonly string[] = [
  ...star('VARCHAR(40)'), ...orders((name) => `\`${name}\``),
  `CREATE TABLE zoo (id BIGINT UNSIGNED PRIMARY KEY, a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT UNSIGNED, e BIGINT UNSIGNED, f DECIMAL(10,2) NOT NULL, g DECIMAL(65,30),
    h FLOAT, i DOUBLE, j BIT(8), k CHAR(5), l VARCHAR(40) NOT NULL, m TEXT, n MEDIUMTEXT, o LONGTEXT, p TINYTEXT, q ENUM('one', 'two') NOT NULL, r SET('x', 'y'), s BINARY(4), t VARBINARY(20),
    u BLOB, v DATE, w DATETIME(6), x TIMESTAMP NULL, y TIME, z YEAR, ja JSON, jb BOOLEAN NOT NULL, jc UUID, jd POINT, je INT AS (a + 1) STORED, \`Jäger %\` VARCHAR(9), \`\`\`tick\` INT)`,
  `INSERT INTO zoo (id, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, ja, jb, jc, jd, \`Jäger %\`) VALUES
    (1, -128, 65535, -8388608, 4294967295, 18446744073709551615, 99999999.99, 12.5, 1.5, 1e300, b'10000000', 'abc', 'text', 'm', 'n', 'o', 'p', 'two', 'x,y', 'bin4', 'vb', 'blob',
     '2024-02-29', '2024-02-29 23:59:59.999999', '2024-02-29 12:00:00', '23:59:59', 2024, '{"a": 1}', 1, '123e4567-e89b-12d3-a456-426614174000', POINT(1, 2), 'é')`,
  "INSERT INTO zoo (id, f, l, q, jb) VALUES (2, 0, '', 'one', 0)",
]

export const postgresTables: readonly string[] = [
  ...star('VARCHAR(40)'), ...orders((name) => `"${name}"`),
  "CREATE TYPE mood AS ENUM ('glad', 'sad')",
  `CREATE TABLE zoo (id BIGINT PRIMARY KEY, a SMALLINT, b INT, c NUMERIC, d NUMERIC(12,4) NOT NULL, e REAL, f DOUBLE PRECISION, g BOOLEAN NOT NULL, h CHAR(5), i VARCHAR(40), j TEXT NOT NULL, k BYTEA,
    l DATE, m TIMESTAMP, n TIMESTAMPTZ, o TIME(6), p UUID, q JSON, r JSONB, s mood NOT NULL, t INET, u TEXT[], v INTERVAL, "MixedCase" INT, "Unit Price" MONEY)`,
  `INSERT INTO zoo VALUES (1, -32768, 2147483647, 12345.678, 1.2345, 1.5, 1e300, true, 'abc', 'text', repeat('long ', 5000), '\\x00ff', '2024-02-29', '2024-02-29 23:59:59.999999',
    '2024-02-29 12:00:00+02', '23:59:59.5', '123e4567-e89b-12d3-a456-426614174000', '{"a": 1}', '{"a": 1}', 'sad', '10.0.0.1', '{a,b}', '1 day', 5, 1.5)`,
  "INSERT INTO zoo (id, d, g, j, s) VALUES (2, 0, false, '', 'glad')",
  'CREATE VIEW zoo_view AS SELECT id, j FROM zoo',
]

export const duckdbTables: readonly string[] = [
  ...star('VARCHAR'), ...orders((name) => `"${name}"`),
  "CREATE TYPE mood AS ENUM ('glad', 'sad')",
  `CREATE TABLE zoo (id UBIGINT PRIMARY KEY, a TINYINT, b UTINYINT, c HUGEINT, d DECIMAL(38,10), e FLOAT, f DOUBLE, g BOOLEAN NOT NULL, h VARCHAR NOT NULL, i BLOB, j DATE, k TIMESTAMP, l TIMESTAMPTZ,
    m TIME, n UUID, o JSON, p mood, q INT[], r STRUCT(x INT), s INTERVAL, "select" INT)`,
  `INSERT INTO zoo VALUES (18446744073709551615, -128, 255, 12345678901234567890, 1.5, 1.5, 1e300, true, 'text', '\\x00\\xFF'::BLOB, '2024-02-29', '2024-02-29 23:59:59.999999',
    '2024-02-29 12:00:00+02', '23:59:59.5', '123e4567-e89b-12d3-a456-426614174000', '{"a": 1}', 'sad', [1], {x: 1}, INTERVAL 1 DAY, 4)`,
  "INSERT INTO zoo (id, g, h) VALUES (2, false, '')",
]

/** Files: what a column is must be seen in its values. */
export const files: Readonly<Record<string, string>> = {
  'zoo.csv': 'Id,Plain,Code,Big,Price,Day,Moment,Flag,Mixed,Empty,Long\n'
    + `1,1,007,9007199254740993,1.50,2024-02-29,2024-02-29 23:59:59.999999,true,1,,${'long '.repeat(200)}\n2,-5,123,2,12345.678,2024-03-01,2024-03-01T00:00:00Z,false,x,,short\n3,,,,,,,,,,\n`,
  'person.json': '[{"Id": 1, "Born": "1999-12-31", "Note": "a"}, {"Id": 2, "Born": null, "Note": null}]\n',
  'declared.csv': 'id,zip,total\n1,01234,1.50\n2,,\n',
  'schema.sql': 'CREATE TABLE declared (id INT PRIMARY KEY, zip VARCHAR(10), total DECIMAL(10,2));\n',
}
