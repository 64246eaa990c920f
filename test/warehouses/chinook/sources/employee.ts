import { source } from 'starline'

const camel = `
  SELECT e.EmployeeId  AS employee_id,
         e.LastName    AS last_name,
         e.FirstName   AS first_name,
         e.Title       AS title,
         e.ReportsTo   AS reports_to,
         e.BirthDate   AS birth_date,
         e.HireDate    AS hire_date,
         e.Address     AS address,
         e.City        AS city,
         e.State       AS state,
         e.Country     AS country,
         e.PostalCode  AS postal_code,
         e.Phone       AS phone,
         e.Fax         AS fax,
         e.Email       AS email
  FROM   Employee AS e
`

export const employee = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT e.employee_id  AS employee_id,
         e.last_name    AS last_name,
         e.first_name   AS first_name,
         e.title        AS title,
         e.reports_to   AS reports_to,
         e.birth_date   AS birth_date,
         e.hire_date    AS hire_date,
         e.address      AS address,
         e.city         AS city,
         e.state        AS state,
         e.country      AS country,
         e.postal_code  AS postal_code,
         e.phone        AS phone,
         e.fax          AS fax,
         e.email        AS email
  FROM   employee AS e
` })
