#!/bin/sh
case "$(dotnet --version 2>/dev/null)" in 1[0-9].*) ;; *) echo "build: the .NET 10 SDK is missing or too old; get it from https://dotnet.microsoft.com/download/dotnet/10.0" >&2; exit 1 ;; esac
cd "$(dirname "$0")" && exec dotnet run build.cs -- "$@"
