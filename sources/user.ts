import { source } from 'starline'

export const user = source(`
  SELECT u.id                        AS user_id,
         u.username                  AS username,
         u.first_name                AS first_name,
         u.last_name                 AS last_name,
         u.email                     AS email,
         p.school_id                 AS school_id,
         p.standing                  AS standing,
         u.is_active                 AS is_active,
         CAST(u.joined_at AS DATE)   AS joined_on
  FROM   auth_user AS u
  LEFT JOIN user_profile AS p ON p.user_id = u.id
  WHERE  u.is_staff = FALSE
`)
