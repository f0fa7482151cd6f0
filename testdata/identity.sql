-- The five tables of ASP.NET Identity with a few users, for SQLite and PostgreSQL.
CREATE TABLE "AspNetUsers" ("Id" TEXT PRIMARY KEY, "UserName" TEXT, "NormalizedUserName" TEXT, "Email" TEXT, "NormalizedEmail" TEXT, "EmailConfirmed" BOOLEAN NOT NULL,
  "PasswordHash" TEXT, "SecurityStamp" TEXT, "ConcurrencyStamp" TEXT, "PhoneNumber" TEXT, "PhoneNumberConfirmed" BOOLEAN NOT NULL, "TwoFactorEnabled" BOOLEAN NOT NULL,
  "LockoutEnd" TIMESTAMPTZ, "LockoutEnabled" BOOLEAN NOT NULL, "AccessFailedCount" INTEGER NOT NULL);
CREATE TABLE "AspNetRoles" ("Id" TEXT PRIMARY KEY, "Name" TEXT, "NormalizedName" TEXT, "ConcurrencyStamp" TEXT);
CREATE TABLE "AspNetUserRoles" ("UserId" TEXT, "RoleId" TEXT, PRIMARY KEY ("UserId", "RoleId"));
CREATE TABLE "AspNetUserClaims" ("Id" INTEGER PRIMARY KEY, "UserId" TEXT, "ClaimType" TEXT, "ClaimValue" TEXT);
CREATE TABLE "AspNetUserTokens" ("UserId" TEXT, "LoginProvider" TEXT, "Name" TEXT, "Value" TEXT, PRIMARY KEY ("UserId", "LoginProvider", "Name"));

INSERT INTO "AspNetUsers" VALUES
  ('1-ada', 'ada@example.com', 'ADA@EXAMPLE.COM', 'ada@example.com', 'ADA@EXAMPLE.COM', true, 'AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M', 's', 'c', '+491701234567', true, true, NULL, true, 0),
  ('2-bob', 'bob', 'BOB', 'bob@example.com', 'BOB@EXAMPLE.COM', false, 'AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==', 's', 'c', '0170 1234567', false, false, NULL, true, 2),
  ('3-cid', 'cid', 'CID', NULL, NULL, true, 'AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw', 's', 'c', NULL, false, false, '9999-12-30 23:59:59.9999999+00:00', true, 0),
  ('4-dan', 'Dan "D" O''Neil', 'DAN', NULL, NULL, false, NULL, 's', 'c', NULL, false, false, '2020-01-01 00:00:00+00:00', true, 0);
INSERT INTO "AspNetRoles" VALUES ('r1', 'Auditor', 'AUDITOR', 'c'), ('r2', 'Nobody', 'NOBODY', 'c');
INSERT INTO "AspNetUserRoles" VALUES ('1-ada', 'r1'), ('1-ada', 'r2'), ('2-bob', 'r1');
INSERT INTO "AspNetUserClaims" VALUES
  (1, '1-ada', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/postalcode', '53111'), (2, '1-ada', 'Team', 'A "quoted"'), (3, '1-ada', 'Team', 'B');
INSERT INTO "AspNetUserTokens" VALUES
  ('1-ada', '[AspNetUserStore]', 'AuthenticatorKey', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'), ('1-ada', '[AspNetUserStore]', 'RecoveryCodes', 'K2VQR-8MXTN;79HJB-WDPCY'),
  ('1-ada', 'Google', 'access_token', 'x'), ('2-bob', '[AspNetUserStore]', 'AuthenticatorKey', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
