// Drives the class of docs/grants.md as a .NET program would, and does the rest of the matrix
// with nothing but what comes with .NET. It prints each step that it has done.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.Serialization.Json;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

public class Claims { public string sub, iss, aud; public long exp; }
public class Head { public string alg, kid, typ; }
public class Key { public string kid, n, e; }
public class Keys { public Key[] keys; }
public class Discovery { public string jwks_uri; }
public class Told { public bool active; public string sub; }
public class UserInfo { public string vgUserId; }
public class Enrolled { public string Status; public bool IsActive; public string[] RecoveryCodes; }
public class Message { public string to, kind, code; }

static class Program
{
    static readonly HttpClient http = new HttpClient();
    static string Env(string name) { return Environment.GetEnvironmentVariable(name) ?? ""; }
    static readonly string issuer = Env("ISSUER"), login = Env("LOGIN"), password = Env("PASSWORD");

    static void Step(string name) { Console.WriteLine("step " + name); }
    static void Check(bool good, string what) { if (!good) throw new Exception(what); }

    static T Read<T>(byte[] json)
    {
        using (var body = new MemoryStream(json)) return (T)new DataContractJsonSerializer(typeof(T)).ReadObject(body);
    }

    static async Task<T> Get<T>(string address, string token = null)
    {
        var ask = new HttpRequestMessage(HttpMethod.Get, address);
        if (token != null) ask.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Read<T>(await (await http.SendAsync(ask)).EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    // Post sends a form, as a client by HTTP Basic unless id is empty.
    static async Task<byte[]> Post(string path, string id, string secret, params string[] fields)
    {
        var form = new Dictionary<string, string>();
        for (var i = 0; i < fields.Length; i += 2) form[fields[i]] = fields[i + 1];
        var ask = new HttpRequestMessage(HttpMethod.Post, issuer + path) { Content = new FormUrlEncodedContent(form) };
        if (id != "")
            ask.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(id + ":" + secret)));
        return await (await http.SendAsync(ask)).EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    // LastCode is the code of the newest message to somebody.
    static string LastCode(string to)
    {
        var code = "";
        foreach (var line in File.ReadAllLines(Env("OUTBOX")))
        {
            var m = Read<Message>(Encoding.UTF8.GetBytes(line));
            if (m.to == to && m.kind == "otp") code = m.code;
        }
        return code;
    }

    static byte[] Decode(string part)
    {
        var plain = part.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
    }

    // Verify checks an access token by the published keys, and throws where anything is wrong.
    static async Task<Claims> Verify(string token, string from, string audience)
    {
        var parts = token.Split('.');
        var head = Read<Head>(Decode(parts[0]));
        Check(head.alg == "RS256" && head.typ == "at+jwt", "header");
        var found = Array.Find((await Get<Keys>((await Get<Discovery>(from + "/.well-known/openid-configuration")).jwks_uri)).keys, k => k.kid == head.kid);
        using (var rsa = RSA.Create())
        {
            rsa.ImportParameters(new RSAParameters { Modulus = Decode(found.n), Exponent = Decode(found.e) });
            var signed = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
            Check(rsa.VerifyData(signed, Decode(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), "signature");
        }
        var claims = Read<Claims>(Decode(parts[1]));
        Check(claims.iss == from && DateTimeOffset.UtcNow.ToUnixTimeSeconds() < claims.exp, "issuer or time");
        Check(audience == null || claims.aud == audience, "audience");
        return claims;
    }

    static async Task Refused(Task<Claims> work, string why)
    {
        try { await work; }
        catch (Exception e) { Check(e.Message == why, "refused for " + e.Message); return; }
        throw new Exception("a token with a wrong " + why + " was not refused");
    }

    static string Run(string program, string arguments)
    {
        using (var p = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false }))
            return p.StandardOutput.ReadToEnd().Trim();
    }

    static string KeyOf(byte[] png)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, png);
        var uri = Run("zbarimg", "--quiet --raw -Sdisable -Sqrcode.enable " + path);
        File.Delete(path);
        foreach (var pair in uri.Substring(uri.IndexOf('?') + 1).Split('&'))
            if (pair.StartsWith("secret=")) return pair.Substring(7);
        throw new Exception("the picture has no key");
    }

    // CodeOf is the code of an authenticator (RFC 6238).
    static string CodeOf(string key)
    {
        var secret = new List<byte>();
        int bits = 0, left = 0;
        foreach (var letter in key)
        {
            bits = bits << 5 | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter);
            if ((left += 5) >= 8) { left -= 8; secret.Add((byte)(bits >> left)); bits &= (1 << left) - 1; }
        }
        var step = BitConverter.GetBytes(IPAddress.HostToNetworkOrder(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30));
        using (var mac = new HMACSHA1(secret.ToArray()))
        {
            var sum = mac.ComputeHash(step);
            var number = IPAddress.NetworkToHostOrder(BitConverter.ToInt32(sum, sum[19] & 15)) & 0x7fffffff;
            return (number % 1000000).ToString("000000");
        }
    }

    static async Task Enrol(Grants grants, string newcomer)
    {
        var request = (await grants.Token("VGAuthenticator", "Username", newcomer, "Password", password)).VGResponse.AuthenticationResponse.RequestId;
        var picture = await http.GetByteArrayAsync(issuer + "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage?requestId=" + request);
        var done = Read<Enrolled>(await Post("/api/MFAEnrollment/ValidateMicrosoftTOTP", "", "", "requestId", request, "secureCode", CodeOf(KeyOf(picture))));
        Check(done.Status == "Success" && done.IsActive && done.RecoveryCodes.Length > 0, "enrolment: " + done.Status);
        var answer = await grants.Token("VGAuthenticator", "Username", newcomer, "Password", password, "AuthenticationRequestId", request);
        Check(answer.access_token != null, "call 1 again");
    }

    static async Task WrongCode(Grants grants)
    {
        var wrong = await Login.ByMail(grants, login, password, () => "00000x");
        Check(wrong.access_token == null && wrong.VGResponse.AuthenticationState.Status == 524289, "a wrong code");
    }

    static async Task Drive()
    {
        var grants = new Grants(issuer, Env("CLIENT_ID"), Env("CLIENT_SECRET"));
        Check((await grants.Token("VGAuthenticator", "Username", Env("PLAIN"), "Password", password)).access_token != null, "one call");
        Check((await grants.Token("password", "username", Env("PLAIN"), "password", password)).access_token != null, "password");
        Step("login");
        await WrongCode(grants);
        Step("wrong code");
        var answer = await Login.ByMail(grants, login, password, () => LastCode(login + "@example.com"));
        Check(answer.VGResponse.AuthenticationState.Status == 2048, "call 3");
        Step("factor");
        await Enrol(grants, Env("NEWCOMER"));
        Step("enrolment");
        var fresh = await grants.Token("refresh_token", "refresh_token", answer.refresh_token);
        Check(fresh.refresh_token != null && fresh.access_token != answer.access_token, "refresh");
        Step("refresh");
        Check((await Get<UserInfo>(issuer + "/connect/userinfo", fresh.access_token)).vgUserId == login, "userinfo");
        Step("userinfo");
        Check((await Verify(fresh.access_token, issuer, null)).sub == login, "subject");
        Step("verify");
        var parts = fresh.access_token.Split('.');
        var other = Encoding.UTF8.GetString(Decode(parts[1])).Replace(login, "somebody else");
        parts[1] = Convert.ToBase64String(Encoding.UTF8.GetBytes(other)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        await Refused(Verify(string.Join(".", parts), issuer, null), "signature");
        Step("tampered");

        string service = Env("SERVICE_ID"), secret = Env("SERVICE_SECRET");
        Check((await new Grants(issuer, service, secret).Token("client_credentials", "scope", "IdentityServerApi")).access_token != null, "client_credentials");
        Check(Read<Told>(await Post("/connect/introspect", service, secret, "token", fresh.access_token)).active, "introspection");
        Step("introspect");
        await Post("/connect/revocation", Env("CLIENT_ID"), Env("CLIENT_SECRET"), "token", fresh.refresh_token);
        Check(!Read<Told>(await Post("/connect/introspect", service, secret, "token", fresh.access_token)).active, "after the revocation");
        Step("revoke");

        var second = new Grants(Env("AUDIENCE_ISSUER"), Env("CLIENT_ID"), Env("CLIENT_SECRET"));
        var meant = (await second.Token("VGAuthenticator", "Username", Env("PLAIN"), "Password", password)).access_token;
        Check((await Verify(meant, Env("AUDIENCE_ISSUER"), Env("AUDIENCE"))).sub == Env("PLAIN"), "audience");
        await Refused(Verify(meant, Env("AUDIENCE_ISSUER"), Env("AUDIENCE") + "/x"), "audience");
        Step("audience");
    }

    static void Main() { Drive().GetAwaiter().GetResult(); }
}
