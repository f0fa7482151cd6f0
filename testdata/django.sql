-- The tables of django.contrib.auth and of two plugins of django-otp with a few users, for SQLite and PostgreSQL. The rows were made by Django 3.2.25 and django-otp 1.1.3.
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY, "password" varchar(128) NOT NULL, "last_login" timestamp NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE,
  "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" timestamp NOT NULL, "first_name" varchar(150) NOT NULL);
CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY, "name" varchar(150) NOT NULL UNIQUE);
CREATE TABLE "auth_user_groups" ("id" integer NOT NULL PRIMARY KEY, "user_id" integer NOT NULL, "group_id" integer NOT NULL);
CREATE TABLE "otp_totp_totpdevice" ("id" integer NOT NULL PRIMARY KEY, "name" varchar(64) NOT NULL, "confirmed" bool NOT NULL, "key" varchar(80) NOT NULL, "step" smallint NOT NULL, "t0" bigint NOT NULL, "digits" smallint NOT NULL,
  "tolerance" smallint NOT NULL, "drift" smallint NOT NULL, "last_t" bigint NOT NULL, "user_id" integer NOT NULL, "throttling_failure_count" integer NOT NULL, "throttling_failure_timestamp" timestamp NULL);
CREATE TABLE "otp_static_staticdevice" ("id" integer NOT NULL PRIMARY KEY, "name" varchar(64) NOT NULL, "confirmed" bool NOT NULL, "user_id" integer NOT NULL, "throttling_failure_count" integer NOT NULL, "throttling_failure_timestamp" timestamp NULL);
CREATE TABLE "otp_static_statictoken" ("id" integer NOT NULL PRIMARY KEY, "token" varchar(16) NOT NULL, "device_id" integer NOT NULL);

INSERT INTO "auth_user" VALUES
  (1, 'pbkdf2_sha256$260000$4DQJY3naTfnSxl131rt3KQ$2IDtlhQdFFh93TX6k20dDqgHZw7ZqXdpdEMu1FeRchk=', NULL, false, 'ada', 'O''Neil', 'ada@example.com', false, true, '2026-11-27 02:50:13.115311', 'Ada'),
  (2, 'pbkdf2_sha256$260000$LFTLZu0BF77h17xxcaQVkk$Lvm82VP2ZeAHYCpM6k3iIw+xiW1ADJr9qKjJcyW7S88=', NULL, false, 'bob', '', '', false, false, '2026-11-27 02:50:13.166958', ''),
  (3, '!cQVo18rXJcbFYRINijfoSgF1OACRq7a5AVn1MnYN', NULL, false, 'cid', '', 'cid@example.com', false, true, '2026-11-27 02:50:13.217400', ''),
  (4, 'pbkdf2_sha256$260000$HF8bQifR8qYJCHdXhJyfwP$rp8cpCnarLJj7GvWv8uOJs4IG+UFFagFdBO9NDsAb0o=', NULL, true, 'eve', '', '', true, true, '2026-11-27 02:50:13.219787', '');
INSERT INTO "auth_group" VALUES (1, 'Auditor'), (2, 'Nobody');
INSERT INTO "auth_user_groups" VALUES (1, 1, 1), (2, 1, 2), (3, 3, 1);
INSERT INTO "otp_totp_totpdevice" VALUES
  (1, 'phone', true, '3132333435363738393031323334353637383930', 30, 0, 6, 1, 0, -1, 1, 0, NULL),
  (2, 'unconfirmed', false, 'a30e5a000ee96c6272547894062268db9c383dc4', 30, 0, 6, 1, 0, -1, 3, 0, NULL);
INSERT INTO "otp_static_staticdevice" VALUES (1, 'backup', true, 1, 0, NULL);
INSERT INTO "otp_static_statictoken" VALUES (1, 'uihgihax', 1), (2, 'vfpb7nys', 1);
